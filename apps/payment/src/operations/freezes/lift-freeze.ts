import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { Answer, type OnceRequest } from '@nx/http';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail, IdempotencyStore } from '@nx/reliable';
import type { ApprovalDemand } from '../approvals/approval';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { personRequired } from '../approvals/approval-problem';
import { Approvals } from '../approvals/approvals';
import { FreezeRepository, freezeView, isActive, type FreezeRow } from './freeze.repository';
import type { FreezeView, LiftFreezeRequest } from './freeze.dto';
import { Freezes } from './freezes';

/** Lets something go on that was stopped: that takes two persons. */
@Injectable()
export class LiftFreeze {
  constructor(
    private readonly database: Database,
    private readonly repository: FreezeRepository,
    private readonly freezes: Freezes,
    private readonly approvals: Approvals,
    private readonly audit: AuditTrail,
    private readonly keys: IdempotencyStore,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** 202 until a second person has approved. Throws `payment.freeze.*`, `payment.approval.*`. */
  async execute(
    id: string,
    { reason, approvalId }: LiftFreezeRequest,
    actor: Actor,
    key?: OnceRequest,
  ): Promise<FreezeView | Answer<ApprovalRequired>> {
    if (actor.isPod) throw personRequired('Lifting a freeze');
    const freeze = await this.found(id);
    const demand = demandOf(freeze, reason, actor);
    if (approvalId === undefined) {
      return new Answer(202, await this.database.transaction((tx) => this.approvals.request(tx, demand)));
    }
    const lifted = await this.database.transaction(async (tx) => {
      const { approvedBy } = await this.approvals.use(tx, approvalId, demand);
      const now = new Date(this.clock.now());
      const row = await this.repository.lift(tx, id, { liftedBy: actor.userId, approvedBy, reason, now });
      if (row === undefined) throw over();
      const view = freezeView(row, now.getTime());
      await this.audit.write(tx, {
        actorId: actor.userId,
        action: 'freeze.lift',
        entityType: 'OperationalFreeze',
        entityId: id,
        merchantId: demand.merchantId,
        reason,
        before: freezeView(freeze, now.getTime()),
        after: view,
      });
      await this.keys.remember(tx, key, view);
      return view;
    });
    await this.freezes.reload();
    this.logger.warn('freeze lifted', { freezeId: id, operation: freeze.operation });
    return lifted;
  }

  private async found(id: string): Promise<FreezeRow> {
    const row = await this.repository.find(id);
    if (row === undefined) throw freezeNotFound();
    if (!isActive(row, this.clock.now())) throw over();
    return row;
  }
}

const demandOf = (freeze: FreezeRow, reason: string, actor: Actor): ApprovalDemand => ({
  operation: 'freeze.lift',
  payload: {
    freezeId: freeze.id,
    freezes: freeze.operation,
    scopeType: freeze.scope_type,
    scopeValue: freeze.scope_value,
    ticket: freeze.ticket,
    reason,
  },
  actor,
  merchantId: freeze.scope_type === 'merchant' ? freeze.scope_value : null,
  reason,
});

export const freezeNotFound = (): AppError =>
  new AppError({ code: 'payment.freeze.not_found', detail: 'There is no such freeze.' });

const over = (): AppError =>
  new AppError({
    code: 'payment.freeze.not_active',
    detail: 'The freeze is over: it was lifted, or its time has come.',
  });
