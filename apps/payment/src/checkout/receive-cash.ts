import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, invalidField } from '@nx/contracts';
import { toSafeNumber } from '@nx/money';
import type { Evidence } from '@nx/mq-pay';
import { isUniqueViolation } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import { PaymentSettings } from '../configurations/payment-settings';
import { applyEvidence } from '../transactions/apply-evidence';
import { AskProvider } from '../transactions/ask-provider';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import { dueMinor, isOpen, type Attempt, type TransactionAggregate } from '../transactions/transaction';
import { TransactionRepository } from '../transactions/transaction.repository';
import { attemptView, transactionDetailView, transactionView } from '../transactions/transaction.view';
import type { CounterPaymentAnswer, CounterPaymentRequest } from './checkout.dto';

/** Money handed over at the counter: cash, or a transfer that the cashier has seen on the statement. */
@Injectable()
export class ReceiveCash {
  constructor(
    private readonly repository: TransactionRepository,
    private readonly changes: ChangeTransaction,
    private readonly settings: PaymentSettings,
    private readonly asking: AskProvider,
    private readonly ids: IdGenerator,
  ) {}

  /** The same body again is harmless. Money that cannot be applied whole is refused and not recorded. */
  async execute(request: CounterPaymentRequest, actor: MerchantActor): Promise<CounterPaymentAnswer> {
    const found = await this.repository.findByAttempt(request.attempt.id);
    if (found === undefined || found.transaction.merchantId !== actor.merchantId) {
      throw new AppError({ code: 'payment.attempt.not_found', detail: 'The merchant has no such attempt.' });
    }
    const { notificationScope } = await this.settings.ofMerchant(actor.merchantId);
    try {
      return await this.changes.execute(found.transaction.id, actor.userId, (aggregate, now) =>
        this.receive(aggregate, request, notificationScope, now),
      );
    } catch (error) {
      // It is ended here and now, so that the checkout that the refusal asks for finds the amount free.
      if (error instanceof AppError && error.code === 'payment.attempt.expired')
        await this.asking.look(request.attempt.id);
      if (!isUniqueViolation(error, 'payment_attempt_bank_reference')) throw error;
      throw new AppError({
        code: 'payment.counter.bank_reference_used',
        detail: 'A payment with this bank reference is recorded already.',
        errors: [{ pointer: '/bankReference', detail: 'was used before' }],
      });
    }
  }

  private receive(
    aggregate: TransactionAggregate,
    request: CounterPaymentRequest,
    notificationScope: Parameters<typeof applyEvidence>[3]['notificationScope'],
    now: number,
  ): Step<CounterPaymentAnswer> {
    const attempt = aggregate.attempts.find((candidate) => candidate.id === request.attempt.id);
    if (attempt === undefined || attempt.provider !== 'SYSTEM' || attempt.type !== '100_PAYMENT') {
      throw invalidField('payment.attempt.not_counter_payment', '/attempt/id', 'is an attempt of provider SYSTEM');
    }
    const tendered = BigInt(request.tendered);
    checkTendered(attempt, tendered, request.bankReference);
    const bankReference = request.bankReference ?? null;
    if (attempt.status === '302_SUCCESS' && attempt.tendered === tendered && attempt.bankReference === bankReference) {
      return { result: answerOf(aggregate.transaction, attempt) };
    }
    checkApplicable(aggregate, attempt, now);
    const { change } = applyEvidence(aggregate, attempt, counterEvidence(attempt, now), {
      settlementModel: 'DIRECT',
      notificationScope,
      // Counter money that does not fit is refused, so none of it comes to lie in suspense.
      autoRefund: false,
      nextId: () => this.ids.next(),
      now,
    });
    const [paid, ...others] = change?.changedAttempts ?? [];
    if (change === undefined || paid === undefined) throw notApplicable(aggregate, 'The attempt does not accept it.');
    const received: Attempt = {
      ...paid,
      tendered,
      bankReference,
      ...(request.note === undefined ? {} : { metadata: { ...paid.metadata, note: request.note } }),
    };
    return {
      change: { ...change, changedAttempts: [received, ...others] },
      result: answerOf(change.after, received),
    };
  }
}

/** The cashier's word about money that is in the drawer: it identifies itself by the attempt. */
const counterEvidence = (attempt: Attempt, now: number): Evidence => ({
  source: 'COUNTER',
  verdict: 'PAID',
  signed: true,
  receivedAtMs: now,
  paidAtMs: now,
  providerReference: attempt.uid,
  amountMinor: attempt.amount,
});

const answerOf = (transaction: TransactionAggregate['transaction'], attempt: Attempt): CounterPaymentAnswer => ({
  transaction: transactionView(transaction),
  attempt: attemptView(attempt),
  change: toSafeNumber((attempt.tendered ?? attempt.amount) - attempt.amount),
});

const checkTendered = (attempt: Attempt, tendered: bigint, bankReference: string | undefined): void => {
  if (attempt.method === '000_CASH') {
    if (tendered < attempt.amount) {
      throw invalidField('payment.counter.tendered_below_amount', '/tendered', `is at least ${attempt.amount}`);
    }
    if (bankReference !== undefined) throw invalidField('request.invalid', '/bankReference', 'is for transfers only');
    return;
  }
  if (tendered !== attempt.amount) {
    throw invalidField('payment.counter.tendered_not_equal', '/tendered', `is exactly ${attempt.amount}`);
  }
  if (bankReference === undefined) {
    throw invalidField('payment.counter.bank_reference_required', '/bankReference', 'is needed for a transfer');
  }
};

const checkApplicable = (aggregate: TransactionAggregate, attempt: Attempt, now: number): void => {
  const { transaction } = aggregate;
  if (attempt.status === '501_EXPIRED' || (isOpen(attempt) && attempt.expiresAt < now)) {
    throw new AppError({
      code: 'payment.attempt.expired',
      detail: 'The attempt has expired. Start a new checkout with the transactionId.',
      extra: { transaction: transactionDetailView(aggregate) },
    });
  }
  if (!isOpen(attempt)) {
    throw new AppError({
      code: 'payment.attempt.not_open',
      detail: `The attempt is ${attempt.status}.`,
      extra: { transaction: transactionDetailView(aggregate) },
    });
  }
  const takes = transaction.status === '100_NEW' || transaction.status === '300_PARTIAL';
  if (!takes) throw notApplicable(aggregate, `The transaction is ${transaction.status}.`);
  if (dueMinor(transaction) < attempt.amount) throw notApplicable(aggregate, 'Less is due than this attempt asks for.');
};

const notApplicable = (aggregate: TransactionAggregate, why: string): AppError =>
  new AppError({
    code: 'payment.counter.not_applicable',
    detail: `${why} Give the money back; nothing was recorded.`,
    extra: { transaction: transactionDetailView(aggregate) },
  });
