import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { AuditTrail, IdGenerator } from '@nx/reliable';
import { PaymentConfig } from '../../payment.config';
import { APPROVAL_COLUMNS, payloadHash, type ApprovalDemand, type ApprovalRow } from './approval';
import { approvalNotFound, notUsable, personRequired } from './approval-problem';
import type { ApprovalRequired } from './approval.dto';

/** Maker and checker for the other use cases: the first asks, a second person approves, the first acts, once. */
@Injectable()
export class Approvals {
  constructor(
    private readonly audit: AuditTrail,
    private readonly ids: IdGenerator,
    private readonly config: PaymentConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Asks for a second person; the same question again is the same approval as long as it lives. The caller answers 202
   * with what this gives, and acts when the same payload comes again with the approval's id.
   * Throws `payment.approval.person_required`.
   */
  async request(tx: Tx, demand: ApprovalDemand): Promise<ApprovalRequired> {
    const { operation, payload, actor, merchantId, reason } = demand;
    if (actor.isPod) throw personRequired('What two persons do');
    const now = new Date(this.clock.now());
    const hash = payloadHash(demand);
    await tx.execute(
      `UPDATE "Approval" SET state = 'EXPIRED', modified_at = $1 WHERE requested_by = $2 AND operation = $3
         AND payload_hash = $4 AND state IN ('PENDING', 'APPROVED') AND expires_at <= $1`,
      [now, actor.userId, operation, hash],
    );
    const id = this.ids.next();
    const expiresAt = new Date(now.getTime() + this.config.approvals.validMs);
    const made = await tx.execute(
      `INSERT INTO "Approval" (id, operation, payload_hash, payload, merchant_id, requested_by, reason, state,
         expires_at, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'PENDING', $8, $9, $9)
       ON CONFLICT (requested_by, operation, payload_hash) WHERE state IN ('PENDING', 'APPROVED') DO NOTHING`,
      [id, operation, hash, JSON.stringify(payload), merchantId, actor.userId, reason, expiresAt, now],
    );
    if (made === 1) {
      await this.audit.write(tx, {
        actorId: actor.userId,
        action: 'approval.request',
        entityType: 'Approval',
        entityId: id,
        merchantId,
        reason,
        after: { operation, payload, expiresAt: expiresAt.toISOString() },
      });
    }
    const [row] = await tx.query<Pick<ApprovalRow, 'id' | 'state' | 'expires_at'>>(
      `SELECT id, state, expires_at FROM "Approval" WHERE requested_by = $1 AND operation = $2 AND payload_hash = $3
         AND state IN ('PENDING', 'APPROVED')`,
      [actor.userId, operation, hash],
    );
    if (row === undefined) throw new Error(`approval of ${operation} has vanished`);
    return { approvalId: row.id, operation, state: row.state, expiresAt: row.expires_at.toISOString() };
  }

  /**
   * Uses an approval inside the transaction of its action: a rolled back action leaves it unused. Gives who approved.
   * Throws `payment.approval.not_found`, `.payload_differs`, `.not_approved`, `.expired` or `.used`.
   */
  async use(tx: Tx, approvalId: string, demand: ApprovalDemand): Promise<{ readonly approvedBy: string }> {
    const { operation, actor } = demand;
    const now = new Date(this.clock.now());
    const hash = payloadHash(demand);
    // The guard: of two uses at once the second waits here and then finds no row.
    const [used] = await tx.query<{ approved_by: string }>(
      `UPDATE "Approval" SET state = 'USED', used_at = $1, modified_at = $1 WHERE id = $2 AND operation = $3
         AND payload_hash = $4 AND requested_by = $5 AND state = 'APPROVED' AND expires_at > $1
       RETURNING approved_by`,
      [now, approvalId, operation, hash, actor.userId],
    );
    if (used === undefined) throw await this.whyNot(tx, approvalId, operation, hash, actor.userId);
    await this.audit.write(tx, {
      actorId: actor.userId,
      action: 'approval.use',
      entityType: 'Approval',
      entityId: approvalId,
      merchantId: demand.merchantId,
      reason: demand.reason,
      after: { operation, approvedBy: used.approved_by },
    });
    return { approvedBy: used.approved_by };
  }

  private async whyNot(tx: Tx, id: string, operation: string, hash: string, actorId: string): Promise<AppError> {
    const [row] = await tx.query<ApprovalRow>(`SELECT ${APPROVAL_COLUMNS} FROM "Approval" WHERE id = $2`, [
      new Date(this.clock.now()),
      id,
    ]);
    if (row === undefined || row.requested_by !== actorId) return approvalNotFound();
    if (row.operation === operation && row.payload_hash === hash) return notUsable(row);
    return new AppError({
      code: 'payment.approval.payload_differs',
      detail: 'The approval is for another request; send exactly what was approved.',
      errors: [{ pointer: '/approvalId', detail: 'belongs to another request' }],
    });
  }
}
