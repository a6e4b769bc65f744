import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { invalidField } from '@nx/contracts';
import { decideRefundRetry, openSuspenseRefund, type RefundInstrument, type RefundOpening } from '@nx/mq-pay';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import type { Attempt, TransactionAggregate } from '../transactions/transaction';
import type { TransactionChange } from '../transactions/transaction-change';
import { BeginTry } from './begin-try';
import { atTheCounter, instrumentOf } from './open-refund';
import { ownTransaction } from './own-transaction';
import type { Refund } from './refund';
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

interface Retried {
  readonly view: RefundView;
  readonly attempt: Attempt;
}

/** Tries a failed refund again, under a new number: with its provider, or by hand with evidence. */
@Injectable()
export class RetryRefund {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly beginning: BeginTry,
  ) {}

  /** `alongside` is written with it. Throws `payment.refund.*`; one that is unknown is never tried again. */
  async execute(
    transactionId: string,
    refundId: string,
    request: RetryRefundRequest,
    actor: MerchantActor,
    alongside?: TransactionChange['alongside'],
  ): Promise<RefundView> {
    const { view, attempt } = await this.changes.execute(transactionId, actor.userId, async (aggregate, now) => {
      const own = ownTransaction(aggregate, actor.merchantId);
      const step = await this.retry(own, refundId, request, actor.userId, now);
      return step.change === undefined ? step : { ...step, change: { ...step.change, alongside } };
    });
    this.beginning.nudge(attempt);
    return view;
  }

  private async retry(
    aggregate: TransactionAggregate,
    refundId: string,
    request: RetryRefundRequest,
    actorId: string,
    now: number,
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
      actorId,
      now,
    });
    const view = refundView(begun.refund, [...triesOf(aggregate, refund.id), begun.attempt]);
    return { change: begun.change, result: { view, attempt: begun.attempt } };
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
