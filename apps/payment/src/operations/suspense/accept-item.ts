import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { Answer } from '@nx/http';
import { toSafeNumber } from '@nx/money';
import { IdGenerator } from '@nx/reliable';
import { PaymentSettings } from '../../configurations/payment-settings';
import { CallProvider } from '../../providers/call-provider';
import { ChangeTransaction } from '../../transactions/change-transaction';
import { leftOf, type Attempt, type SuspenseItem, type TransactionAggregate } from '../../transactions/transaction';
import type { TransactionChange } from '../../transactions/transaction-change';
import { transactionDetailView, type TransactionDetailView } from '../../transactions/transaction.view';
import type { ApprovalRequired } from '../approvals/approval.dto';
import type { WithReason } from '../resolutions/replay.dto';
import { LoadTransaction } from '../resolutions/load-transaction';
import { OperatorActs, type OperatorAct } from '../resolutions/operator-acts';
import { acceptanceChange } from './accept-suspense';
import { countableOf } from './countable';
import { ReadSuspense } from './read-suspense';

interface Acceptable {
  readonly item: SuspenseItem;
  readonly attempt: Attempt;
  readonly amountMinor: bigint;
}

/** Lets money in suspense count for the sale after all, as far as it is due, because a person has looked at it. */
@Injectable()
export class AcceptItem {
  constructor(
    private readonly items: ReadSuspense,
    private readonly loading: LoadTransaction,
    private readonly changes: ChangeTransaction,
    private readonly calls: CallProvider,
    private readonly settings: PaymentSettings,
    private readonly acts: OperatorActs,
    private readonly ids: IdGenerator,
  ) {}

  /** Throws `payment.suspense.*`, `payment.approval.*`. */
  async execute(
    itemId: string,
    request: WithReason,
    actor: Actor,
  ): Promise<TransactionDetailView | Answer<ApprovalRequired>> {
    const { transactionId } = await this.items.one(itemId);
    if (transactionId === null) {
      throw new AppError({ code: 'payment.suspense.not_matched', detail: 'The item belongs to no attempt yet.' });
    }
    const aggregate = await this.loading.execute(transactionId);
    const { item, attempt, amountMinor } = acceptable(aggregate, itemId);
    const act: OperatorAct = {
      operation: 'suspense.accept',
      transaction: aggregate.transaction,
      adjusts: [attempt.provider],
      payload: { suspenseItemId: itemId, transactionId, amount: toSafeNumber(amountMinor) },
      actor,
      reason: request.reason,
      amountMinor: item.amount,
      approvalId: request.approvalId,
      attemptId: attempt.id,
      suspenseItemId: itemId,
      evidence: { reason: request.reason },
    };
    const required = await this.acts.secondPersonFor(act);
    if (required !== undefined) return new Answer(202, required);
    await this.changes.execute(transactionId, actor.userId, async (fresh, now) => {
      const found = acceptable(fresh, itemId);
      // What was approved is an amount; what is due may have changed since.
      if (found.amountMinor !== amountMinor) throw notAcceptable('What is due has changed meanwhile; ask again.');
      return { change: await this.change(fresh, found, act, now), result: undefined };
    });
    return transactionDetailView(await this.loading.execute(transactionId));
  }

  private async change(
    aggregate: TransactionAggregate,
    { item, attempt, amountMinor }: Acceptable,
    act: OperatorAct,
    now: number,
  ): Promise<TransactionChange> {
    const { transaction } = aggregate;
    const { configuration } = await this.calls.credentialOf(attempt);
    const { notificationScope } = await this.settings.ofMerchant(transaction.merchantId);
    const settles = transaction.paid + amountMinor >= transaction.total;
    const acceptance = { item, attempt, amountMinor, settlementModel: configuration.settlementModel };
    const change = acceptanceChange(aggregate, [acceptance], {
      status: settles ? '304_SETTLED' : '300_PARTIAL',
      settles,
      notificationScope,
      nextId: () => this.ids.next(),
      now,
    });
    const states = {
      before: { status: transaction.status, left: leftOf(item).toString() },
      after: { status: change.after.status, accepted: amountMinor.toString() },
    };
    return { ...change, alongside: this.acts.alongside(act, states) };
  }
}

const notAcceptable = (detail: string): AppError => new AppError({ code: 'payment.suspense.not_acceptable', detail });

/** The item with its attempt, and what of it can count. Throws `payment.suspense.*`. */
const acceptable = (aggregate: TransactionAggregate, itemId: string): Acceptable => {
  const item = aggregate.suspense.find(({ id }) => id === itemId);
  const attempt = aggregate.attempts.find(({ id }) => id === item?.attemptId);
  if (item === undefined || attempt === undefined) {
    throw new AppError({ code: 'payment.suspense.not_found', detail: 'The transaction has no such item.' });
  }
  const waiting = { providerReference: item.providerReference, leftMinor: leftOf(item) };
  const countable = countableOf(aggregate.transaction, attempt, waiting);
  if ('amountMinor' in countable) return { item, attempt, amountMinor: countable.amountMinor };
  const { accepted, refunded, reversed } = item;
  const spent = `${accepted} was accepted, ${refunded} given back, ${reversed} taken back by the provider.`;
  throw notAcceptable(accepted + refunded + reversed > 0n ? `${countable.whyNot} Of it ${spent}` : countable.whyNot);
};
