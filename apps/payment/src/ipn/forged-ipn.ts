import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { KeyRing, maskCardNumbers } from '@nx/crypto';
import { CLOCK, currentContext, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';

/** Most rows kept per minute and process: an attacker must not fill our disk with his forgeries. */
const PER_MINUTE = 20;
/** And altogether; older ones go. */
const MAX_ROWS = 1000;

export interface Forgery {
  readonly provider: string;
  readonly lookupKey: string;
  readonly body: string;
  readonly remoteAddress: string | null;
}

/** Keeps a small sample of callbacks that did not verify, apart from the inbox. */
@Injectable()
export class ForgedIpnSample {
  private minute = 0;
  private kept = 0;

  constructor(
    private readonly database: Database,
    private readonly ring: KeyRing,
    private readonly ids: IdGenerator,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async keep(forgery: Forgery): Promise<void> {
    this.logger.security('forged callback', { paymentProvider: forgery.provider, lookupKey: forgery.lookupKey });
    const now = this.clock.now();
    const minute = Math.floor(now / 60_000);
    if (minute !== this.minute) {
      this.minute = minute;
      this.kept = 0;
    }
    this.kept += 1;
    if (this.kept > PER_MINUTE) return;
    const id = this.ids.next();
    await this.database.execute(
      `INSERT INTO "ForgedIpn" (id, provider, named_merchant, reason, body_sealed, remote_address, received_at, request_id)
       VALUES ($1, $2, $3, 'BAD_SIGNATURE', $4, $5, $6, $7)`,
      [
        id,
        forgery.provider,
        forgery.lookupKey.slice(0, 64),
        this.ring.seal(maskCardNumbers(forgery.body), { table: 'ForgedIpn', column: 'body_sealed', rowId: id }),
        forgery.remoteAddress,
        new Date(now),
        currentContext()?.requestId ?? null,
      ],
    );
    if (this.kept === 1) await this.trim();
  }

  private async trim(): Promise<void> {
    await this.database.execute(
      `DELETE FROM "ForgedIpn" WHERE id IN (SELECT id FROM "ForgedIpn" ORDER BY received_at DESC OFFSET ${MAX_ROWS})`,
    );
  }
}
