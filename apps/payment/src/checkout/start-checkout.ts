import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { Answer, type IdempotencyRequest } from '@nx/http';
import { transactionUid } from '@nx/mq-pay';
import { CLOCK, Metrics, PROCESSING_SECONDS, type Histogram } from '@nx/observability';
import { isUniqueViolation } from '@nx/persistence';
import { IdGenerator, Outbox } from '@nx/reliable';
import type { FreezeSubject } from '../operations/freezes/freeze';
import { Freezes } from '../operations/freezes/freezes';
import { CallProvider } from '../providers/call-provider';
import { ProviderCredentials, type OpenedCredential } from '../providers/provider-credentials';
import type { StartedOperation } from '../providers/provider-operation';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import { paymentEvent, type PaymentEventDraft } from '../transactions/payment-events';
import { availableMinor, type Attempt, type Transaction, type TransactionAggregate } from '../transactions/transaction';
import type { TransactionChange } from '../transactions/transaction-change';
import { TransactionRepository } from '../transactions/transaction.repository';
import { transactionDetailView } from '../transactions/transaction.view';
import { AskForPayment } from './ask-for-payment';
import { checkoutAnswer } from './checkout-answer';
import { CheckoutKey } from './checkout-key';
import { checkWindow, planCheckout, type CheckoutPlan } from './checkout-plan';
import type { CheckoutAnswer, CheckoutRequest } from './checkout.dto';
import { newAttempt } from './new-attempt';
import { ResumeCheckout } from './resume-checkout';

interface Opened {
  readonly transaction: Transaction;
  readonly attempt: Attempt;
  readonly operation: StartedOperation | undefined;
}

/** Starts a payment: a new transaction with its first attempt, or a further attempt on an open one. */
@Injectable()
export class StartCheckout {
  private readonly duration: Histogram;

  constructor(
    private readonly credentials: ProviderCredentials,
    private readonly repository: TransactionRepository,
    private readonly changes: ChangeTransaction,
    private readonly calls: CallProvider,
    private readonly asking: AskForPayment,
    private readonly resuming: ResumeCheckout,
    private readonly keys: CheckoutKey,
    private readonly ids: IdGenerator,
    private readonly outbox: Outbox,
    private readonly freezes: Freezes,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const help = 'From a checkout to its QR or refusal, the call of the provider included';
    this.duration = metrics.histogram('payment_processing_seconds', help, ['provider', 'outcome'], PROCESSING_SECONDS);
  }

  /** 200 with the payment; see the catalogue for every `payment.*` code that it throws. */
  async execute(
    request: CheckoutRequest,
    actor: MerchantActor,
    key: IdempotencyRequest | undefined,
  ): Promise<CheckoutAnswer | Answer<CheckoutAnswer>> {
    const plan = planCheckout(request);
    const stop = this.duration.startTimer({ provider: plan.provider.code });
    try {
      const answer = await this.start(request, plan, actor, key);
      stop({ outcome: 'answered' });
      return answer;
    } catch (error) {
      stop({ outcome: error instanceof AppError ? 'refused' : 'failed' });
      throw error;
    }
  }

  private async start(
    request: CheckoutRequest,
    plan: CheckoutPlan,
    actor: MerchantActor,
    key: IdempotencyRequest | undefined,
  ): Promise<CheckoutAnswer | Answer<CheckoutAnswer>> {
    const credential = await this.credentials.ofMerchant(plan.provider, actor.merchantId);
    const opened =
      request.transactionId === undefined
        ? await this.open(request, plan, credential, actor, key)
        : await this.add(request, request.transactionId, plan, credential, actor, key);
    if (opened instanceof Answer) return opened;
    const { transaction, attempt, operation } = opened;
    if (operation === undefined) return checkoutAnswer(transaction, attempt);
    const stored = await this.asking.execute(transaction, attempt, operation.id, key, actor.userId);
    return checkoutAnswer(stored.transaction, stored.attempt);
  }

  /** The hot path: one statement for a new source. Whoever loses the race reads the winner. */
  private async open(
    request: CheckoutRequest,
    plan: CheckoutPlan,
    credential: OpenedCredential,
    actor: MerchantActor,
    key: IdempotencyRequest | undefined,
  ): Promise<Opened | Answer<CheckoutAnswer>> {
    const now = this.clock.now();
    const amount = plan.amount ?? plan.total;
    checkWindow(plan, credential.configuration, amount);
    const transaction: Transaction = {
      id: this.ids.next(),
      uid: transactionUid(randomBytes),
      merchantId: actor.merchantId,
      organizerId: actor.organizerId,
      sourceType: request.source.type,
      sourceId: request.source.id,
      sourceUid: request.source.uid,
      total: plan.total,
      paid: 0n,
      openAmount: amount,
      refunded: 0n,
      refundReserved: 0n,
      chargedBack: 0n,
      currency: plan.currency,
      status: '100_NEW',
      blockedFrom: null,
      version: 1,
      settledAt: null,
      cancelledAt: null,
      createdAt: now,
      metadata: plan.metadata,
    };
    const opened = await this.withAttempt(transaction, amount, plan, credential, actor.userId, now);
    try {
      await this.freezes.fenced(async () => {
        const freezeEpoch = await this.freezes.pass(...freezable(transaction, plan));
        const change = this.changeOf(transaction, opened, key, now, true);
        await this.repository.open({ ...change, freezeEpoch }, now, actor.userId);
      });
      this.outbox.nudge();
      return opened;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      return this.resuming.afterLostRace(request, plan, actor, key);
    }
  }

  /** A further attempt on an open transaction. */
  private async add(
    request: CheckoutRequest,
    transactionId: string,
    plan: CheckoutPlan,
    credential: OpenedCredential,
    actor: MerchantActor,
    key: IdempotencyRequest | undefined,
  ): Promise<Opened | Answer<CheckoutAnswer>> {
    const known = key === undefined ? undefined : await this.keys.find(key);
    if (known !== undefined) return this.resuming.withKey(known, actor, key);
    try {
      return await this.changes.execute(transactionId, actor.userId, (aggregate, now) => {
        checkAddition(aggregate, request, plan, actor.merchantId);
        return this.addTo(aggregate, plan, credential, actor.userId, key, now);
      });
    } catch (error) {
      const winner = key !== undefined && isUniqueViolation(error) ? await this.keys.find(key) : undefined;
      if (winner === undefined) throw error;
      return this.resuming.withKey(winner, actor, key);
    }
  }

  private async addTo(
    aggregate: TransactionAggregate,
    plan: CheckoutPlan,
    credential: OpenedCredential,
    actorId: string,
    key: IdempotencyRequest | undefined,
    now: number,
  ): Promise<Step<Opened>> {
    const available = availableMinor(aggregate.transaction);
    const amount = plan.amount ?? available;
    if (amount > available || amount === 0n) throw exceedsDue(aggregate);
    checkWindow(plan, credential.configuration, amount);
    const transaction: Transaction = {
      ...aggregate.transaction,
      openAmount: aggregate.transaction.openAmount + amount,
      version: aggregate.transaction.version + 1,
    };
    const opened = await this.withAttempt(transaction, amount, plan, credential, actorId, now);
    const freezeEpoch = await this.freezes.pass(...freezable(transaction, plan));
    return {
      change: { ...this.changeOf(aggregate.transaction, opened, key, now, false), freezeEpoch },
      result: opened,
    };
  }

  /** Where nobody has to be asked, the QR or the address is made at once and stored with the attempt. */
  private async withAttempt(
    transaction: Transaction,
    amount: bigint,
    plan: CheckoutPlan,
    credential: OpenedCredential,
    actorId: string,
    now: number,
  ): Promise<Opened> {
    const made = newAttempt({
      id: this.ids.next(),
      transactionId: transaction.id,
      merchantId: transaction.merchantId,
      amount,
      plan,
      credential,
      actorId,
      now,
      random: randomBytes,
    });
    if (made.status === '100_NEW')
      return { transaction, attempt: made, operation: this.calls.started(made, 'CREATE', now) };
    const { qrContent = null, payUrl = null } = await this.calls.createLocally(transaction, made, credential);
    return { transaction, attempt: { ...made, qrContent, payUrl }, operation: undefined };
  }

  private changeOf(
    before: Transaction,
    { transaction, attempt, operation }: Opened,
    key: IdempotencyRequest | undefined,
    now: number,
    isNew: boolean,
  ): TransactionChange {
    const drafts: PaymentEventDraft[] = [
      ...(isNew ? [{ type: 'mq-pay:transaction.created' as const, transaction }] : []),
      { type: 'mq-pay:attempt.created', transaction, attempt },
      ...(operation === undefined ? [{ type: 'mq-pay:attempt.sent' as const, transaction, attempt }] : []),
    ];
    const ids = { transactionId: transaction.id, attemptId: attempt.id };
    return {
      before,
      after: transaction,
      newAttempts: [attempt],
      startedOperations: operation === undefined ? [] : [operation],
      events: drafts.map((draft) => paymentEvent(this.ids.next(), draft, now)),
      newKey: key === undefined ? undefined : this.keys.row(key, ids, operation === undefined, now),
    };
  }
}

/** A new attempt is made and given to the buyer; where either is stopped, it is not begun. */
const freezable = ({ merchantId, organizerId }: Transaction, { provider }: CheckoutPlan): FreezeSubject[] => [
  { operation: 'PAYMENT_CREATE', provider: provider.code, merchantId, organizerId },
  { operation: 'CONFIRM', provider: provider.code, merchantId, organizerId },
];

const exceedsDue = (aggregate: TransactionAggregate): AppError =>
  new AppError({
    code: 'payment.checkout.amount_exceeds_due',
    detail: 'Open attempts and payments leave less than this amount. Cancel an open attempt, or ask for less.',
    extra: { transaction: transactionDetailView(aggregate) },
  });

const checkAddition = (
  aggregate: TransactionAggregate,
  request: CheckoutRequest,
  plan: CheckoutPlan,
  merchantId: string,
): void => {
  const { transaction } = aggregate;
  if (transaction.merchantId !== merchantId) {
    throw new AppError({ code: 'payment.transaction.not_found', detail: 'The merchant has no such transaction.' });
  }
  const mismatch = (code: 'payment.checkout.source_mismatch' | 'payment.checkout.total_mismatch', pointer: string) =>
    new AppError({
      code,
      detail: 'The request does not fit the transaction.',
      errors: [{ pointer, detail: 'differs' }],
    });
  if (transaction.sourceType !== request.source.type)
    throw mismatch('payment.checkout.source_mismatch', '/source/type');
  if (transaction.sourceId !== request.source.id) throw mismatch('payment.checkout.source_mismatch', '/source/id');
  if (transaction.total !== plan.total) throw mismatch('payment.checkout.total_mismatch', '/payment/total');
  if (transaction.currency !== plan.currency) {
    throw new AppError({
      code: 'payment.currency.not_supported',
      detail: `The transaction is in ${transaction.currency}.`,
      errors: [{ pointer: '/payment/currency', detail: `is ${transaction.currency}` }],
    });
  }
  if (transaction.status !== '100_NEW' && transaction.status !== '300_PARTIAL') {
    throw new AppError({
      code: 'payment.checkout.transaction_closed',
      detail: `The transaction is ${transaction.status}; nothing can be added.`,
      extra: { transaction: transactionDetailView(aggregate) },
    });
  }
};
