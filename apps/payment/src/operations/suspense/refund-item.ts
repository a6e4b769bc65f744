import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { Answer, type OnceRequest } from '@nx/http';
import type { Tx } from '@nx/persistence';
import { IdempotencyStore } from '@nx/reliable';
import { RefundSuspense } from '../../refunds/refund-suspense';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { LoadTransaction } from '../resolutions/load-transaction';
import { OperatorActs, type OperatorAct } from '../resolutions/operator-acts';
import type { WithReason } from '../resolutions/replay.dto';
import { ReadSuspense } from './read-suspense';
import type { SuspenseView } from './suspense.dto';

/** Gives money in suspense back as it came, because a person says so. */
@Injectable()
export class RefundItem {
  constructor(
    private readonly items: ReadSuspense,
    private readonly loading: LoadTransaction,
    private readonly refunds: RefundSuspense,
    private readonly acts: OperatorActs,
    private readonly keys: IdempotencyStore,
  ) {}

  /** Throws `payment.suspense.*`, `payment.refund.by_hand_only`, `payment.approval.*`. */
  async execute(
    itemId: string,
    request: WithReason,
    actor: Actor,
    key?: OnceRequest,
  ): Promise<SuspenseView | Answer<ApprovalRequired>> {
    const { transactionId, amount } = await this.items.one(itemId);
    if (transactionId === null) {
      throw new AppError({ code: 'payment.suspense.not_matched', detail: 'The item belongs to no attempt yet.' });
    }
    const { transaction } = await this.loading.execute(transactionId);
    const act: OperatorAct = {
      operation: 'suspense.refund',
      transaction,
      payload: { suspenseItemId: itemId, transactionId },
      actor,
      reason: request.reason,
      amountMinor: BigInt(amount),
      approvalId: request.approvalId,
      suspenseItemId: itemId,
    };
    const required = await this.acts.secondPersonFor(act);
    if (required !== undefined) return new Answer(202, required);
    const alongside = this.acts.alongside(act, { before: { suspenseItemId: itemId }, after: { refund: 'OPENED' } });
    await this.refunds.byPerson(transactionId, itemId, actor.userId, async (tx: Tx) => {
      await alongside(tx);
      await this.keys.remember(tx, key, await this.items.one(itemId, tx));
    });
    return this.items.one(itemId);
  }
}
