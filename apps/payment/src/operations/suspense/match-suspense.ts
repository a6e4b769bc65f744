import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError, invalidField } from '@nx/contracts';
import { Answer } from '@nx/http';
import { ChangeTransaction } from '../../transactions/change-transaction';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { LoadTransaction } from '../resolutions/load-transaction';
import { OperatorActs, type OperatorAct } from '../resolutions/operator-acts';
import { namedAttempt } from '../resolutions/resolution-target';
import { ReadSuspense } from './read-suspense';
import type { MatchSuspenseRequest, SuspenseView } from './suspense.dto';

/** `attemptId` is unknown where somebody else has matched it in this very moment. */
const matched = (attemptId?: string): AppError =>
  new AppError({
    code: 'payment.suspense.matched',
    detail: `The item belongs to ${attemptId === undefined ? 'an attempt' : `attempt ${attemptId}`} already.`,
    ...(attemptId === undefined ? {} : { extra: { attemptId } }),
  });

/** Says for which attempt money was meant whose callback named none of ours. It moves nothing yet. */
@Injectable()
export class MatchSuspense {
  constructor(
    private readonly items: ReadSuspense,
    private readonly loading: LoadTransaction,
    private readonly changes: ChangeTransaction,
    private readonly acts: OperatorActs,
  ) {}

  /** Throws `payment.suspense.*`, `payment.attempt.not_found`, `request.invalid` and `payment.approval.*`. */
  async execute(
    itemId: string,
    request: MatchSuspenseRequest,
    actor: Actor,
  ): Promise<SuspenseView | Answer<ApprovalRequired>> {
    const item = await this.items.one(itemId);
    if (item.attemptId !== null) throw matched(item.attemptId);
    const { transaction, ...aggregate } = await this.loading.execute(request.attemptId);
    const attempt = namedAttempt({ transaction, ...aggregate }, request.attemptId);
    if (
      attempt.type !== '100_PAYMENT' ||
      attempt.provider !== item.provider ||
      transaction.merchantId !== item.merchantId
    ) {
      throw invalidField('request.invalid', '/attemptId', 'is no payment of this merchant at this provider');
    }
    const act: OperatorAct = {
      operation: 'suspense.match',
      transaction,
      adjusts: [attempt.provider],
      payload: { suspenseItemId: itemId, attemptId: attempt.id, evidence: { ...request.evidence } },
      actor,
      reason: request.evidence.source,
      amountMinor: BigInt(item.amount),
      approvalId: request.approvalId,
      attemptId: attempt.id,
      suspenseItemId: itemId,
      evidence: { ...request.evidence },
    };
    const required = await this.acts.secondPersonFor(act);
    if (required !== undefined) return new Answer(202, required);
    const kept = this.acts.alongside(act, { before: { attemptId: null }, after: { attemptId: attempt.id } });
    await this.changes.execute(transaction.id, actor.userId, ({ transaction: before }) => ({
      change: {
        before,
        after: { ...before, version: before.version + 1 },
        alongside: async (tx) => {
          const changed = await tx.execute(
            `UPDATE "SuspenseItem" SET attempt_id = $2, transaction_id = $3 WHERE id = $1 AND attempt_id IS NULL`,
            [itemId, attempt.id, transaction.id],
          );
          if (changed !== 1) throw matched();
          await tx.execute(
            `UPDATE "Finding" SET attempt_id = $2, transaction_id = $3
             WHERE id = (SELECT finding_id FROM "SuspenseItem" WHERE id = $1)`,
            [itemId, attempt.id, transaction.id],
          );
          await kept(tx);
        },
      },
      result: undefined,
    }));
    return this.items.one(itemId);
  }
}
