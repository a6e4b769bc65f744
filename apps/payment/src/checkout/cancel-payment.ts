import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, invalidField } from '@nx/contracts';
import { attemptUid } from '@nx/mq-pay';
import { IdGenerator } from '@nx/reliable';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import { moveAttempt, openAmountAfter } from '../transactions/end-attempt';
import { paymentEvent, type PaymentEventDraft } from '../transactions/payment-events';
import { isOpen, type Attempt, type Transaction, type TransactionAggregate } from '../transactions/transaction';
import { TransactionRepository } from '../transactions/transaction.repository';
import { attemptView, transactionDetailView, transactionView } from '../transactions/transaction.view';
import type { CancelAnswer, CancelRequest } from './checkout.dto';

/** Ends open attempts, and the transaction itself when nothing was paid. The first commit wins against a payment. */
@Injectable()
export class CancelPayment {
  constructor(
    private readonly repository: TransactionRepository,
    private readonly changes: ChangeTransaction,
    private readonly ids: IdGenerator,
  ) {}

  /** Repeating it is harmless. Throws `payment.cancel.*`, `payment.attempt.outcome_unknown` or not found. */
  async execute(request: CancelRequest, actor: MerchantActor): Promise<CancelAnswer> {
    const { attemptId, transactionId } = request;
    if ((attemptId === undefined) === (transactionId === undefined)) {
      throw invalidField('request.invalid', '/attemptId', 'send exactly one of attemptId and transactionId');
    }
    const aggregate =
      attemptId === undefined
        ? await this.repository.findById(transactionId ?? '')
        : await this.repository.findByAttempt(attemptId);
    if (aggregate === undefined || aggregate.transaction.merchantId !== actor.merchantId) {
      throw attemptId === undefined
        ? new AppError({ code: 'payment.transaction.not_found', detail: 'The merchant has no such transaction.' })
        : new AppError({ code: 'payment.attempt.not_found', detail: 'The merchant has no such attempt.' });
    }
    return this.changes.execute(aggregate.transaction.id, actor.userId, (fresh, now) =>
      attemptId === undefined
        ? this.cancelAll(fresh, request.reason, actor.userId, now)
        : this.cancelOne(fresh, attemptId, request.reason, actor.userId, now),
    );
  }

  private cancelOne(
    aggregate: TransactionAggregate,
    attemptId: string,
    reason: string,
    actorId: string,
    now: number,
  ): Step<CancelAnswer> {
    const attempt = aggregate.attempts.find((candidate) => candidate.id === attemptId);
    if (attempt === undefined || attempt.type !== '100_PAYMENT') throw notCancellable(aggregate, 'It is no payment.');
    if (attempt.status === '505_CANCELLED') return unchanged(aggregate, [attempt]);
    if (attempt.status === '302_SUCCESS') throw alreadyPaid(aggregate);
    if (!isOpen(attempt)) throw notCancellable(aggregate, `The attempt is ${attempt.status}.`);
    return this.cancel(aggregate, [attempt], false, reason, actorId, now);
  }

  private cancelAll(aggregate: TransactionAggregate, reason: string, actorId: string, now: number): Step<CancelAnswer> {
    const { transaction } = aggregate;
    if (transaction.status === '505_CANCELLED') return unchanged(aggregate, cancelledPayments(aggregate));
    if (transaction.status === '304_SETTLED') throw alreadyPaid(aggregate);
    if (transaction.status !== '100_NEW' && transaction.status !== '300_PARTIAL') {
      throw notCancellable(aggregate, `The transaction is ${transaction.status}.`);
    }
    const open = aggregate.attempts.filter(isOpen);
    const ends = transaction.status === '100_NEW';
    if (!ends && open.length === 0) return unchanged(aggregate, []);
    return this.cancel(aggregate, open, ends, reason, actorId, now);
  }

  private cancel(
    aggregate: TransactionAggregate,
    open: readonly Attempt[],
    ends: boolean,
    reason: string,
    actorId: string,
    now: number,
  ): Step<CancelAnswer> {
    if (open.some((attempt) => attempt.status === '000_UNKNOWN')) {
      throw new AppError({
        code: 'payment.attempt.outcome_unknown',
        detail: 'Nobody has proven yet what became of an attempt. Verify it first.',
        extra: { transaction: transactionDetailView(aggregate) },
      });
    }
    const cancelled = open.map((attempt) => moveAttempt(attempt, '505_CANCELLED', reason, now));
    const transaction: Transaction = {
      ...aggregate.transaction,
      openAmount: openAmountAfter(aggregate, cancelled),
      version: aggregate.transaction.version + 1,
      ...(ends ? { status: '505_CANCELLED' as const, cancelledAt: now } : {}),
    };
    const drafts: PaymentEventDraft[] = [
      ...cancelled.map((attempt) => ({ type: 'mq-pay:attempt.cancelled' as const, transaction, attempt })),
      ...(ends ? [{ type: 'mq-pay:transaction.cancelled' as const, transaction }] : []),
    ];
    return {
      change: {
        before: aggregate.transaction,
        after: transaction,
        changedAttempts: cancelled,
        newAttempts: cancelled.map((attempt) => this.cancellation(attempt, reason, actorId, now)),
        events: drafts.map((draft) => paymentEvent(this.ids.next(), draft, now)),
      },
      result: { transaction: transactionView(transaction), cancelledAttempts: cancelled.map(attemptView) },
    };
  }

  /** The cancel as a row of its own: who ended which attempt, and why. */
  private cancellation(attempt: Attempt, reason: string, actorId: string, now: number): Attempt {
    return {
      ...attempt,
      id: this.ids.next(),
      uid: attemptUid(randomBytes),
      parentId: attempt.id,
      type: '200_CANCEL_PAYMENT',
      status: '302_SUCCESS',
      reason,
      qrContent: null,
      payUrl: null,
      sentAt: now,
      finishedAt: now,
      nextQueryAt: null,
      createdAt: now,
      createdBy: actorId,
    };
  }
}

const cancelledPayments = (aggregate: TransactionAggregate): Attempt[] =>
  aggregate.attempts.filter((attempt) => attempt.type === '100_PAYMENT' && attempt.status === '505_CANCELLED');

const unchanged = (aggregate: TransactionAggregate, cancelled: readonly Attempt[]): Step<CancelAnswer> => ({
  result: { transaction: transactionView(aggregate.transaction), cancelledAttempts: cancelled.map(attemptView) },
});

const alreadyPaid = (aggregate: TransactionAggregate): AppError =>
  new AppError({
    code: 'payment.cancel.already_paid',
    detail: 'Money was received; refund it instead.',
    extra: { transaction: transactionDetailView(aggregate) },
  });

const notCancellable = (aggregate: TransactionAggregate, why: string): AppError =>
  new AppError({
    code: 'payment.cancel.not_cancellable',
    detail: `${why} There is nothing to cancel.`,
    extra: { transaction: transactionDetailView(aggregate) },
  });
