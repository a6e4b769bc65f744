import { AppError, type ErrorCode } from '@nx/contracts';
import { toSafeNumber } from '@nx/money';
import type { RefundOpening, RefundProblem } from '@nx/mq-pay';
import { transactionView } from '../transactions/transaction.view';
import type { TransactionAggregate } from '../transactions/transaction';

type Refused = Extract<RefundOpening, { accepted: false }>;

const PROBLEMS: Readonly<Record<RefundProblem, { code: ErrorCode; detail: string; pointer?: string }>> = {
  TRANSACTION_BLOCKED: {
    code: 'payment.refund.transaction_blocked',
    detail: 'The transaction is blocked; no money goes out.',
  },
  CHARGEBACK_OPEN: { code: 'payment.refund.chargeback_open', detail: 'The buyer contests the payment at the bank.' },
  ATTEMPTS_OPEN: { code: 'payment.refund.attempts_open', detail: 'The sale can still be paid; cancel that first.' },
  MORE_THAN_REFUNDABLE: {
    code: 'payment.refund.exceeds_refundable',
    detail: 'Less than that was paid and not given back yet.',
    pointer: '/amount',
  },
  ATTEMPT_REQUIRED: {
    code: 'payment.refund.attempt_required',
    detail: 'No single attempt bears the amount.',
    pointer: '/attemptId',
  },
  ATTEMPT_UNKNOWN: {
    code: 'payment.attempt.not_found',
    detail: 'The transaction has no such paid attempt.',
    pointer: '/attemptId',
  },
  MORE_THAN_ATTEMPT_BEARS: {
    code: 'payment.refund.exceeds_attempt',
    detail: 'The attempt bears less than that.',
    pointer: '/amount',
  },
  REFUND_IN_FLIGHT: { code: 'payment.refund.in_flight', detail: 'Another refund of the attempt has no end yet.' },
  PART_NOT_POSSIBLE: {
    code: 'payment.refund.part_not_possible',
    detail: 'The provider gives back the whole amount only.',
    pointer: '/amount',
  },
  FAILURE_NOT_PROVEN: {
    code: 'payment.refund.failure_not_proven',
    detail: 'The provider has not refused to give it back.',
    pointer: '/refundToOriginalMethod',
  },
  EVIDENCE_MISSING: {
    code: 'payment.refund.evidence_missing',
    detail: 'Money given back by hand needs a proof.',
    pointer: '/evidence',
  },
  NOT_FAILED: { code: 'payment.refund.not_failed', detail: 'The refund has not failed.' },
};

/** Why no refund begins, with what each attempt bears. */
export const refusedRefund = (aggregate: TransactionAggregate, { problem, bearable }: Refused): AppError => {
  const { code, detail, pointer } = PROBLEMS[problem];
  return new AppError({
    code,
    detail,
    ...(pointer === undefined ? {} : { errors: [{ pointer, detail }] }),
    extra: {
      transaction: transactionView(aggregate.transaction),
      bearable: bearable.map(({ attemptId, bearableMinor }) => ({ attemptId, amount: toSafeNumber(bearableMinor) })),
    },
  });
};

export const refundNotFound = (): AppError =>
  new AppError({ code: 'payment.refund.not_found', detail: 'The transaction has no such refund.' });
