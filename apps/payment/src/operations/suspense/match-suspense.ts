import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError, invalidField } from '@nx/contracts';
import { Answer } from '@nx/http';
import { PaymentSettings } from '../../configurations/payment-settings';
import { PaymentConfig } from '../../payment.config';
import { ChangeTransaction } from '../../transactions/change-transaction';
import type { TransactionAggregate } from '../../transactions/transaction';
import type { TransactionChange } from '../../transactions/transaction-change';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { LoadTransaction } from '../resolutions/load-transaction';
import { OperatorActs, type OperatorAct } from '../resolutions/operator-acts';
import { namedAttempt } from '../resolutions/resolution-target';
import { countableOf } from './countable';
import { ReadSuspense } from './read-suspense';
import type { MatchSuspenseRequest, SuspenseView } from './suspense.dto';

interface Match {
  readonly act: OperatorAct;
  readonly itemId: string;
  readonly attemptId: string;
  /** Null = when a person says so. */
  readonly goesBackAt: Date | null;
}

/** `attemptId` is unknown where somebody else has matched it in this very moment. */
const matched = (attemptId?: string): AppError =>
  new AppError({
    code: 'payment.suspense.matched',
    detail: `The item belongs to ${attemptId === undefined ? 'an attempt' : `attempt ${attemptId}`} already.`,
    ...(attemptId === undefined ? {} : { extra: { attemptId } }),
  });

/**
 * Says for which attempt money was meant whose callback named none of ours. It moves nothing yet. From now on the money
 * can go back, so the merchant's wish that it does so by itself holds from now on: at once where the sale takes none of
 * it, else when a person who wants to accept it has had as long as a second person may take.
 */
@Injectable()
export class MatchSuspense {
  constructor(
    private readonly items: ReadSuspense,
    private readonly loading: LoadTransaction,
    private readonly changes: ChangeTransaction,
    private readonly acts: OperatorActs,
    private readonly settings: PaymentSettings,
    private readonly config: PaymentConfig,
  ) {}

  /** Throws `payment.suspense.*`, `payment.attempt.not_found`, `request.invalid` and `payment.approval.*`. */
  async execute(
    itemId: string,
    request: MatchSuspenseRequest,
    actor: Actor,
  ): Promise<SuspenseView | Answer<ApprovalRequired>> {
    const item = await this.items.one(itemId);
    if (item.attemptId !== null) throw matched(item.attemptId);
    const aggregate = await this.loading.execute(request.attemptId);
    const { transaction } = aggregate;
    const attempt = namedAttempt(aggregate, request.attemptId);
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
    const { autoRefund } = await this.settings.ofMerchant(item.merchantId);
    await this.changes.execute(transaction.id, actor.userId, (fresh, now) => {
      const goesBackAt = autoRefund ? this.goesBackAt(fresh, attempt.id, item, now) : null;
      return { change: this.change(fresh, { act, itemId, attemptId: attempt.id, goesBackAt }), result: undefined };
    });
    return this.items.one(itemId);
  }

  private goesBackAt(
    { transaction, attempts }: TransactionAggregate,
    attemptId: string,
    item: SuspenseView,
    now: number,
  ): Date {
    const attempt = attempts.find(({ id }) => id === attemptId);
    if (attempt === undefined) throw new Error(`attempt ${attemptId} has vanished`);
    const waiting = { providerReference: item.providerReference, leftMinor: BigInt(item.left) };
    const isWanted = 'amountMinor' in countableOf(transaction, attempt, waiting);
    return new Date(isWanted ? now + this.config.approvals.validMs : now);
  }

  private change({ transaction: before }: TransactionAggregate, match: Match): TransactionChange {
    const { act, itemId, attemptId, goesBackAt } = match;
    const after = { attemptId, autoRefundAt: goesBackAt?.toISOString() ?? null };
    const kept = this.acts.alongside(act, { before: { attemptId: null }, after });
    return {
      before,
      after: { ...before, version: before.version + 1 },
      alongside: async (tx) => {
        const changed = await tx.execute(
          `UPDATE "SuspenseItem" SET attempt_id = $2, transaction_id = $3, auto_refund_at = $4
           WHERE id = $1 AND attempt_id IS NULL`,
          [itemId, attemptId, before.id, goesBackAt],
        );
        if (changed !== 1) throw matched();
        await tx.execute(
          `UPDATE "Finding" SET attempt_id = $2, transaction_id = $3
           WHERE id = (SELECT finding_id FROM "SuspenseItem" WHERE id = $1)`,
          [itemId, attemptId, before.id],
        );
        await kept(tx);
      },
    };
  }
}
