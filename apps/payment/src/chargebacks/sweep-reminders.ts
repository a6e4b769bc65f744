import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { dueLap, forEachAlone, PollingLoop, type Due, type DueLap } from '@nx/reliable';
import { PaymentConfig } from '../payment.config';
import { RemindOfEvidence } from './remind-of-evidence';

interface DueReminder extends Due {
  readonly transaction_id: string;
}

const PAGE = 100;

/** Cases whose reminder is due, in that order; open ones are few, so their index is enough. `$1` now, `$2`, `$3` the last row of the page before. */
export const DUE_REMINDERS = `
SELECT id, transaction_id, next_reminder_at::text AS due_key FROM "Chargeback"
WHERE status = 'OPEN' AND due_at IS NOT NULL AND next_reminder_at <= $1
  AND (next_reminder_at, id) > ($2::timestamptz, $3) ORDER BY next_reminder_at, id LIMIT ${PAGE}`;

/** Finds in the table which cases somebody has to be reminded of. Several workers may look: the first change wins. */
@Injectable()
export class SweepReminders implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly due: DueLap<DueReminder>;
  private readonly loop: PollingLoop;

  constructor(
    database: Database,
    config: PaymentConfig,
    private readonly reminder: RemindOfEvidence,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.due = dueLap(PAGE, database.statement<DueReminder>('sweep-chargeback-reminders', DUE_REMINDERS));
    this.loop = new PollingLoop({
      round: () => this.round(),
      pollMs: config.queues.sweepMs,
      waitFirst: true,
      logger,
      complaint: 'reminders of chargebacks were not looked for; the next look comes',
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** One page of what is due; a case that cannot be told of keeps no other from its reminder. */
  async round(): Promise<void> {
    const rows = await this.due.next(new Date(this.clock.now()));
    await forEachAlone(rows, ({ id, transaction_id: transaction }) => this.reminder.execute(transaction, id), {
      logger: this.logger,
      complaint: 'nobody was reminded of the evidence for a chargeback',
      about: ({ id, transaction_id: transactionId }) => ({ chargebackId: id, transactionId }),
    });
  }
}
