import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { Database } from '@nx/persistence';
import { AuditTrail } from '@nx/reliable';
import { transactionDetailView } from '../../transactions/transaction.view';
import { AskProviderAgain } from './ask-provider-again';
import { LoadTransaction } from './load-transaction';
import type { TransactionReplayAnswer } from './replay.dto';

/** Asks the provider now about everything of one transaction. What the answers prove is applied, as at any other time. */
@Injectable()
export class CheckGateway {
  constructor(
    private readonly loading: LoadTransaction,
    private readonly asking: AskProviderAgain,
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Throws `payment.transaction.not_found`. */
  async execute(name: string, actor: Actor): Promise<TransactionReplayAnswer> {
    const aggregate = await this.loading.execute(name);
    const { id, merchantId, status } = aggregate.transaction;
    const asked = await this.asking.execute(aggregate, actor.userId);
    const after = await this.loading.execute(id);
    await this.database.transaction((tx) =>
      this.audit.write(tx, {
        actorId: actor.userId,
        action: 'transaction.check',
        entityType: 'Transaction',
        entityId: id,
        merchantId,
        before: { status },
        after: { status: after.transaction.status },
      }),
    );
    const replayed = asked.map(({ attemptUid, outcome }) => ({ source: 'QUERY', about: attemptUid, outcome }));
    return { transaction: transactionDetailView(after), replayed };
  }
}
