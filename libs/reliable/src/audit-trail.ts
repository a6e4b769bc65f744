import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, currentContext } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { IdGenerator } from './id-generator';

export interface AuditEntry {
  readonly actorId: string;
  /** `finding.resolve`. */
  readonly action: string;
  readonly entityType: string;
  readonly entityId: string;
  readonly merchantId: string | null;
  readonly reason?: string | undefined;
  /** Never holds a secret: the writers pass what a reader of the entity may see. */
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}

/** Who did what and why: the rows of a service's table "AuditTrail". Written in the transaction of the change. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async write(tx: Tx, entry: AuditEntry): Promise<void> {
    await tx.execute(
      `INSERT INTO "AuditTrail" (id, actor_id, action, entity_type, entity_id, merchant_id, reason, before, after,
         request_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        this.ids.next(),
        entry.actorId,
        entry.action,
        entry.entityType,
        entry.entityId,
        entry.merchantId,
        entry.reason ?? null,
        entry.before === undefined ? null : JSON.stringify(entry.before),
        entry.after === undefined ? null : JSON.stringify(entry.after),
        currentContext()?.requestId ?? null,
        new Date(this.clock.now()),
      ],
    );
  }
}
