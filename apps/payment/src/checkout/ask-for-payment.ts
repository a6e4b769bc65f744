import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import type { IdempotencyRequest } from '@nx/http';
import type { CreateResult } from '@nx/mq-pay';
import { IdGenerator } from '@nx/reliable';
import { CallProvider, type Called } from '../providers/call-provider';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import { moveAttempt, nextLook, openAmountAfter } from '../transactions/end-attempt';
import { paymentEvent } from '../transactions/payment-events';
import type { Attempt, Transaction, TransactionAggregate } from '../transactions/transaction';
import type { TransactionChange } from '../transactions/transaction-change';
import { attemptView, transactionView } from '../transactions/transaction.view';
import { changedKey } from './checkout-key';

interface Stored {
  readonly transaction: Transaction;
  readonly attempt: Attempt;
}

/**
 * The second half of a checkout with a call: asks the provider for a QR or a URL, outside any transaction, and stores
 * the answer. The attempt and its started operation are committed before.
 */
@Injectable()
export class AskForPayment {
  constructor(
    private readonly provider: CallProvider,
    private readonly changes: ChangeTransaction,
    private readonly ids: IdGenerator,
  ) {}

  /**
   * Throws `payment.provider.refused` (the key is removed), `payment.provider.unavailable` (nothing was sent; the key
   * is removed) or `payment.provider.outcome_unknown` (the key stays, so that a retry goes on with this attempt).
   */
  async execute(
    transaction: Transaction,
    attempt: Attempt,
    operationId: string,
    key: IdempotencyRequest | undefined,
    actorId: string,
  ): Promise<Stored> {
    const called = await this.provider.create(transaction, attempt, operationId);
    const stored = await this.changes.execute(transaction.id, actorId, (aggregate, now) =>
      this.store(aggregate, attempt.id, called, key, now),
    );
    const { result } = called;
    if (result.outcome === 'SUCCEEDED') return stored;
    throw refusal(result, stored);
  }

  private store(
    aggregate: TransactionAggregate,
    attemptId: string,
    called: Called<CreateResult>,
    key: IdempotencyRequest | undefined,
    now: number,
  ): Step<Stored> {
    const before = aggregate.attempts.find((candidate) => candidate.id === attemptId);
    if (before === undefined) throw new Error(`attempt ${attemptId} has vanished`);
    const after = attemptAfterCreate(before, called.result, now);
    const transaction: Transaction = {
      ...aggregate.transaction,
      openAmount: openAmountAfter(aggregate, [after]),
      version: aggregate.transaction.version + 1,
    };
    const type =
      after.status === before.status
        ? undefined
        : after.status === '204_SENT'
          ? 'mq-pay:attempt.sent'
          : after.status === '500_FAIL'
            ? 'mq-pay:attempt.failed'
            : undefined;
    const change: TransactionChange = {
      before: aggregate.transaction,
      after: transaction,
      changedAttempts: [after],
      completedOperations: [called.completion],
      events: type === undefined ? [] : [paymentEvent(this.ids.next(), { type, transaction, attempt: after }, now)],
      changedKey: changedKey(key, KEY_AFTER[called.result.outcome], now),
    };
    return { change, result: { transaction, attempt: after } };
  }
}

const KEY_AFTER = { SUCCEEDED: 'DONE', REFUSED: 'FREE', UNKNOWN: 'RUNNING' } as const;

/**
 * A callback or a cancel may have been faster than this answer: then the state stays and only the QR is added. It can
 * be paid all the same, so an attempt that was cancelled meanwhile is watched until its end.
 */
const attemptAfterCreate = (attempt: Attempt, result: CreateResult, now: number): Attempt => {
  const waiting = attempt.status === '100_NEW' || attempt.status === '000_UNKNOWN';
  if (result.outcome === 'SUCCEEDED') {
    const sent = {
      ...attempt,
      qrContent: result.qrContent ?? null,
      payUrl: result.payUrl ?? null,
      sentAt: attempt.sentAt ?? now,
      createLostAt: null,
    };
    return waiting
      ? moveAttempt(sent, '204_SENT', null, now)
      : { ...sent, nextQueryAt: sent.nextQueryAt ?? nextLook(sent, sent.status, sent.queryStep, now) };
  }
  if (!waiting) return attempt;
  if (result.outcome === 'REFUSED') return moveAttempt(attempt, '500_FAIL', result.reason ?? 'REFUSED', now);
  const first = attempt.status === '100_NEW';
  return { ...moveAttempt(attempt, '000_UNKNOWN', result.reason ?? 'UNKNOWN', now), createLostAt: first ? now : null };
};

const refusal = (result: CreateResult, { transaction, attempt }: Stored): AppError => {
  const extra = {
    transaction: transactionView(transaction),
    attempt: attemptView(attempt),
    provider: attempt.provider,
    ...(result.providerCode === undefined ? {} : { providerCode: result.providerCode }),
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    retry: result.retry,
    fallbackAllowed: result.fallbackAllowed,
  };
  if (result.outcome === 'UNKNOWN') {
    return new AppError({
      code: 'payment.provider.outcome_unknown',
      detail: 'The provider did not answer in time. Repeat the same request, or verify the attempt.',
      extra,
      retryAfterSeconds: 5,
    });
  }
  if (result.reason === 'NOT_SENT') {
    return new AppError({
      code: 'payment.provider.unavailable',
      detail: 'The provider cannot be reached; nothing was sent. Retry later or choose another provider.',
      extra,
      retryAfterSeconds: 10,
    });
  }
  return new AppError({
    code: 'payment.provider.refused',
    detail: result.detail ?? 'The provider refused the payment.',
    extra,
  });
};
