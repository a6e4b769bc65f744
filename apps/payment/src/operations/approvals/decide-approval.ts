import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { AuditTrail, IdempotencyStore } from '@nx/reliable';
import { APPROVAL_COLUMNS, type ApprovalRow } from './approval';
import { approvalNotFound, personRequired } from './approval-problem';
import type { ApprovalView } from './approval.dto';
import { approvalView } from './approval.view';

type Decision = 'APPROVED' | 'REJECTED';

/** The second person's word on what the first asked for. */
@Injectable()
export class DecideApproval {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Nobody approves his own; refusing it is withdrawing it, and that he may. Throws `payment.approval.not_found`,
   * `.own`, `.person_required` or `.not_pending`.
   */
  execute(id: string, decision: Decision, reason: string, actor: Actor, key?: OnceRequest): Promise<ApprovalView> {
    if (actor.isPod) throw personRequired('Approving and refusing');
    return this.database.transaction(async (tx) => {
      const before = await this.locked(tx, id);
      if (decision === 'APPROVED' && before.requested_by === actor.userId) {
        throw new AppError({
          code: 'payment.approval.own',
          detail: 'You asked for it yourself; somebody else has to approve it.',
        });
      }
      if (before.state !== 'PENDING') {
        throw new AppError({
          code: 'payment.approval.not_pending',
          detail: `It is ${before.state} already.`,
          extra: { approval: approvalView(before) },
        });
      }
      const now = new Date(this.clock.now());
      const [after] = await tx.query<ApprovalRow>(
        `UPDATE "Approval" SET state = $3, ${decision === 'APPROVED' ? 'approved_by' : 'rejected_by'} = $4,
           decided_at = $1, decision_reason = $5, modified_at = $1 WHERE id = $2 AND state = 'PENDING'
         RETURNING ${APPROVAL_COLUMNS}`,
        [now, id, decision, actor.userId, reason],
      );
      if (after === undefined) throw new Error(`approval ${id} has vanished under its lock`);
      await this.audit.write(tx, {
        actorId: actor.userId,
        action: decision === 'APPROVED' ? 'approval.approve' : 'approval.reject',
        entityType: 'Approval',
        entityId: id,
        merchantId: after.merchant_id,
        reason,
        before: { state: before.state },
        after: { state: after.state, operation: after.operation, payloadHash: after.payload_hash },
      });
      const view = approvalView(after);
      await this.keys.remember(tx, key, view);
      return view;
    });
  }

  private async locked(tx: Tx, id: string): Promise<ApprovalRow> {
    const [row] = await tx.query<ApprovalRow>(`SELECT ${APPROVAL_COLUMNS} FROM "Approval" WHERE id = $2 FOR UPDATE`, [
      new Date(this.clock.now()),
      id,
    ]);
    if (row === undefined) throw approvalNotFound();
    return row;
  }
}
