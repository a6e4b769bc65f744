import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { invalidField } from '@nx/contracts';
import { Answer, type OnceRequest } from '@nx/http';
import { toSafeNumber } from '@nx/money';
import { decideRefundRetry, openSuspenseRefund, type RefundInstrument, type RefundOpening } from '@nx/mq-pay';
import { Database, type Tx } from '@nx/persistence';
import { IdempotencyStore } from '@nx/reliable';
import type { ApprovalDemand } from '../operations/approvals/approval';
import type { ApprovalRequired } from '../operations/approvals/approval.dto';
import { Approvals } from '../operations/approvals/approvals';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import type { Attempt, TransactionAggregate } from '../transactions/transaction';
import type { TransactionChange } from '../transactions/transaction-change';
import { BeginTry } from './begin-try';
import { atTheCounter, instrumentOf } from './open-refund';
import { ownTransaction } from './own-transaction';
import type { Refund } from './refund';
import { RefundLimit } from './refund-limit';
import { refundNotFound, refusedRefund } from './refund-problem';
import {
  circumstancesOf,
  hasChargeback,
  hasRefundInFlight,
  originOf,
  refundableSuspense,
  refundStateOf,
  triesOf,
} from './refund-state';
import type { RefundView, RetryRefundRequest } from './refund.dto';
import { refundView } from './refund.view';

/** What is written in the transaction of the try: by the caller, and the answer under the key of the request. */
interface Written {
  readonly alongside?: TransactionChange['alongside'];
  readonly key?: OnceRequest | undefined;
}

type Retried = { readonly view: RefundView; readonly attempt: Attempt } | { readonly demand: ApprovalDemand };

/** Tries a failed refund again, under a new number: with its provider, or by hand with evidence. */
@Injectable()
export class RetryRefund {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly beginning: BeginTry,
    private readonly limit: RefundLimit,
    private readonly approvals: Approvals,
    private readonly database: Database,
    private readonly keys: IdempotencyStore,
  ) {}

  /**
   * `written` stands with it or not at all. What failed went back to the sale, so it counts towards the limit again: above it
   * the answer is 202 until a second person has approved. Throws `payment.refund.*`, `payment.approval.*`; one that is
   * unknown is never tried again.
   */
  async execute(
    transactionId: string,
    refundId: string,
    request: RetryRefundRequest,
    actor: MerchantActor,
    written: Written = {},
  ): Promise<RefundView | Answer<ApprovalRequired>> {
    const retried = await this.changes.execute(transactionId, actor.userId, (aggregate, now) =>
      this.retry(ownTransaction(aggregate, actor.merchantId), refundId, request, actor, now, written),
    );
    if ('demand' in retried) {
      const { demand } = retried;
      return new Answer(202, await this.database.transaction((tx) => this.approvals.request(tx, demand)));
    }
    this.beginning.nudge(retried.attempt);
    return retried.view;
  }

  private async retry(
    aggregate: TransactionAggregate,
    refundId: string,
    request: RetryRefundRequest,
    actor: MerchantActor,
    now: number,
    { alongside, key }: Written,
  ): Promise<Step<Retried>> {
    const refund = aggregate.refunds.find(({ id }) => id === refundId);
    if (refund === undefined) throw refundNotFound();
    const { paid, item } = originOf(aggregate, refund);
    const instrument = atTheCounter(paid, instrumentOf(request));
    const opening =
      refund.kind === 'SALE'
        ? decideSale(aggregate, refund, instrument, request)
        : decideSuspense(aggregate, refund, instrument);
    if (!opening.accepted) throw refusedRefund(aggregate, opening);
    const begun = await this.beginning.plan(aggregate, {
      refund: {
        ...refund,
        byHand: instrument === 'ORIGINAL' ? null : instrument,
        evidence: instrument === 'ORIGINAL' ? refund.evidence : (request.evidence ?? null),
      },
      paid,
      item,
      tryNumber: opening.tryNumber,
      decision: opening.decision,
      actorId: actor.userId,
      now,
    });
    const demand = await this.secondPerson(aggregate, refund, request, actor);
    const { approvalId } = request;
    if (demand !== undefined && approvalId === undefined) return { result: { demand } };
    const view = refundView(begun.refund, [...triesOf(aggregate, refund.id), begun.attempt]);
    const together = async (tx: Tx): Promise<void> => {
      if (demand !== undefined && approvalId !== undefined) await this.approvals.use(tx, approvalId, demand);
      await alongside?.(tx);
      await this.keys.remember(tx, key, view);
    };
    return { change: { ...begun.change, alongside: together }, result: { view, attempt: begun.attempt } };
  }

  /** Money in suspense is no part of the sale, and goes back nowhere but to where it came from. */
  private secondPerson(
    { transaction }: TransactionAggregate,
    refund: Refund,
    request: RetryRefundRequest,
    actor: MerchantActor,
  ): Promise<ApprovalDemand | undefined> {
    if (refund.kind !== 'SALE') return Promise.resolve(undefined);
    const { refundToOriginalMethod, method, evidence } = request;
    return this.limit.secondPerson(transaction, {
      operation: 'refund.retry',
      amountMinor: refund.amount,
      asked: {
        refundId: refund.id,
        amount: toSafeNumber(refund.amount),
        ...(refundToOriginalMethod === undefined ? {} : { refundToOriginalMethod }),
        ...(method === undefined ? {} : { method }),
        ...(evidence === undefined ? {} : { evidence }),
      },
      actor,
      reason: refund.reason,
    });
  }
}

const decideSale = (
  aggregate: TransactionAggregate,
  refund: Refund,
  instrument: RefundInstrument,
  request: RetryRefundRequest,
): RefundOpening =>
  decideRefundRetry(refundStateOf(aggregate, refund), circumstancesOf(aggregate), {
    attemptId: refund.attemptId,
    instrument,
    ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
  });

/** Money in suspense belongs to no sale, so only the provider that took it may give it back. */
const decideSuspense = (
  aggregate: TransactionAggregate,
  refund: Refund,
  instrument: RefundInstrument,
): RefundOpening => {
  const refused = (problem: Extract<RefundOpening, { accepted: false }>['problem']): RefundOpening => ({
    accepted: false,
    problem,
    bearable: [],
  });
  if (instrument !== 'ORIGINAL') {
    throw invalidField('request.invalid', '/refundToOriginalMethod', 'money in suspense goes back as it came');
  }
  const { item } = originOf(aggregate, refund);
  if (refund.status !== 'FAILED') return refused('NOT_FAILED');
  if (aggregate.transaction.status === '403_BLOCKED') return refused('TRANSACTION_BLOCKED');
  if (hasChargeback(aggregate)) return refused('CHARGEBACK_OPEN');
  if (hasRefundInFlight(aggregate, refund.attemptId)) return refused('REFUND_IN_FLIGHT');
  const decision = item === undefined ? null : openSuspenseRefund(refundableSuspense(item), refund.amount, 'SENT');
  if (decision === null) return refused('MORE_THAN_REFUNDABLE');
  const tryNumber = triesOf(aggregate, refund.id).length + 1;
  return { accepted: true, attemptId: refund.attemptId, tryNumber, decision };
};
