import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { CLOCK, currentContext } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { AuditTrail, IdempotencyStore, IdGenerator } from '@nx/reliable';
import type { Resync } from './resync';
import { resyncView } from './resync.dto';
import { ResyncRepository } from './resync.repository';

/** Notes that somebody wants the change feed read again, with who and why; a worker takes it up. */
@Injectable()
export class AskForResync {
  constructor(
    private readonly database: Database,
    private readonly rows: ResyncRepository,
    private readonly audit: AuditTrail,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(
    asked: Pick<Resync, 'merchantIds' | 'dryRun' | 'reason'>,
    actorId: string,
    key?: OnceRequest,
  ): Promise<Resync> {
    const id = this.ids.next();
    const { merchantIds, dryRun, reason } = asked;
    return this.database.transaction(async (tx) => {
      const requestId = currentContext()?.requestId ?? null;
      await this.rows.insert(tx, { ...asked, id, requestedBy: actorId, requestId }, new Date(this.clock.now()));
      await this.audit.write(tx, {
        actorId,
        action: 'cdc.resync',
        entityType: 'CdcResync',
        entityId: id,
        merchantId: merchantIds?.length === 1 ? (merchantIds[0] ?? null) : null,
        reason,
        after: { merchantIds, dryRun },
      });
      const made = await this.one(id, tx);
      await this.keys.remember(tx, key, resyncView(made));
      return made;
    });
  }

  /** Throws `invoice.resync.not_found`. */
  async one(id: string, tx?: Tx): Promise<Resync> {
    const found = await this.rows.find(id, tx);
    if (found !== undefined) return found;
    throw new AppError({ code: 'invoice.resync.not_found', detail: `There is no reading ${id}.` });
  }
}
