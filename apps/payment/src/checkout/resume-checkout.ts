import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { Answer, idempotencyRunning, type IdempotencyRequest } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { Freezes } from '../operations/freezes/freezes';
import { CallProvider, providerOf } from '../providers/call-provider';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import { isOpen, latestOpenAttempt, type Attempt, type TransactionAggregate } from '../transactions/transaction';
import { TransactionRepository } from '../transactions/transaction.repository';
import { attemptView, transactionDetailView, transactionView } from '../transactions/transaction.view';
import { AskForPayment } from './ask-for-payment';
import { checkoutAnswer } from './checkout-answer';
import { changedKey, CheckoutKey, type KnownKey } from './checkout-key';
import type { CheckoutPlan } from './checkout-plan';
import type { CheckoutAnswer, CheckoutRequest } from './checkout.dto';

interface LastCreateRow {
  started_at: Date;
  finished_at: Date | null;
}

/** Answers a checkout that somebody has made before: a retry, the loser of a race, or a takeover after a crash. */
@Injectable()
export class ResumeCheckout {
  private readonly lastCreate: Statement<LastCreateRow>;

  constructor(
    database: Database,
    private readonly repository: TransactionRepository,
    private readonly changes: ChangeTransaction,
    private readonly calls: CallProvider,
    private readonly asking: AskForPayment,
    private readonly keys: CheckoutKey,
    private readonly freezes: Freezes,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.lastCreate = database.statement(
      'checkout-last-create',
      `SELECT started_at, finished_at FROM "ProviderOperation"
       WHERE attempt_id = $1 AND kind = 'CREATE' ORDER BY started_at DESC, id DESC LIMIT 1`,
    );
  }

  /** The key or the source is taken. The key is looked at first, because it says that this is the same request. */
  async afterLostRace(
    request: CheckoutRequest,
    plan: CheckoutPlan,
    actor: MerchantActor,
    key: IdempotencyRequest | undefined,
  ): Promise<Answer<CheckoutAnswer>> {
    const known = key === undefined ? undefined : await this.keys.find(key);
    if (known !== undefined) return this.withKey(known, actor, key);
    const winner = await this.repository.findActiveBySource(actor.merchantId, request.source);
    if (winner === undefined) {
      // The winner has been cancelled between our statement and this look: the caller may simply try again.
      throw new AppError({
        code: 'service.unavailable',
        detail: 'The source was being changed by another request; nothing was done. Repeat the request.',
        retryAfterSeconds: 1,
      });
    }
    const same = winner.attempts.findLast((attempt) => isOpen(attempt) && isSameRequest(winner, attempt, plan));
    if (same === undefined) throw sourceTaken(winner);
    return this.answer(winner, same, undefined, actor.userId);
  }

  /** The first answer again, with the resources in their present state. */
  async withKey(
    known: KnownKey,
    actor: MerchantActor,
    key: IdempotencyRequest | undefined,
  ): Promise<Answer<CheckoutAnswer>> {
    if (known.lockedForMs > 0 && !known.done) throw idempotencyRunning(Math.ceil(known.lockedForMs / 1000));
    const aggregate = await this.repository.findByAttempt(known.attemptId);
    const attempt = aggregate?.attempts.find((candidate) => candidate.id === known.attemptId);
    if (aggregate === undefined || attempt === undefined || aggregate.transaction.merchantId !== actor.merchantId) {
      throw new AppError({ code: 'payment.attempt.not_found', detail: 'The attempt of this key does not exist.' });
    }
    return this.answer(aggregate, attempt, key, actor.userId);
  }

  /** An attempt without its QR is never answered with 200: its CREATE runs, or is made again where that is allowed. */
  private async answer(
    aggregate: TransactionAggregate,
    attempt: Attempt,
    key: IdempotencyRequest | undefined,
    actorId: string,
  ): Promise<Answer<CheckoutAnswer>> {
    const provider = providerOf(attempt.provider);
    const waiting = attempt.status === '100_NEW' || (attempt.status === '000_UNKNOWN' && attempt.sentAt === null);
    if (!waiting) {
      if (cameToNothing(attempt)) throw endedWithoutQr(aggregate, attempt);
      return Answer.replayed(200, await checkoutAnswer(aggregate.transaction, attempt));
    }
    const now = this.clock.now();
    const [last] = await this.lastCreate.run([attempt.id]);
    if (last !== undefined && last.finished_at === null) {
      const remainingMs = last.started_at.getTime() + this.keys.lockMs - now;
      if (remainingMs > 0) throw idempotencyRunning(Math.ceil(remainingMs / 1000));
    }
    if (!provider.capabilities.createRepeatable || attempt.expiresAt <= now) throw stillUnknown(aggregate, attempt);
    const operationId = await this.changes.execute(aggregate.transaction.id, actorId, (fresh, at) =>
      this.startAgain(fresh, aggregate.transaction.version, attempt.id, key, at),
    );
    const stored = await this.asking.execute(aggregate.transaction, attempt, operationId, key, actorId);
    return Answer.replayed(200, await checkoutAnswer(stored.transaction, stored.attempt));
  }

  /** Takes the attempt over: the version guard lets only one of several retries do it. */
  private async startAgain(
    aggregate: TransactionAggregate,
    seenVersion: number,
    attemptId: string,
    key: IdempotencyRequest | undefined,
    now: number,
  ): Promise<Step<string>> {
    if (aggregate.transaction.version !== seenVersion) throw idempotencyRunning(1);
    const attempt = aggregate.attempts.find((candidate) => candidate.id === attemptId);
    if (attempt === undefined || attempt.sentAt !== null || !isOpen(attempt)) throw idempotencyRunning(1);
    const { merchantId, organizerId } = aggregate.transaction;
    const freezeEpoch = await this.freezes.pass({
      operation: 'CONFIRM',
      provider: attempt.provider,
      merchantId,
      organizerId,
    });
    const operation = this.calls.started(attempt, 'CREATE', now);
    return {
      change: {
        freezeEpoch,
        before: aggregate.transaction,
        after: { ...aggregate.transaction, version: aggregate.transaction.version + 1 },
        changedAttempts: [{ ...attempt, createLostAt: null }],
        startedOperations: [operation],
        changedKey: changedKey(key, 'RUNNING', now + this.keys.lockMs),
      },
      result: operation.id,
    };
  }
}

/** The attempt ended before anybody was given something to pay with. */
const cameToNothing = (attempt: Attempt): boolean =>
  attempt.sentAt === null && !isOpen(attempt) && attempt.status !== '302_SUCCESS' && attempt.status !== '507_REVERSED';

const endedWithoutQr = (aggregate: TransactionAggregate, attempt: Attempt): AppError =>
  new AppError({
    code: 'payment.attempt.not_open',
    detail: `The attempt of this request is ${attempt.status} and never had a QR. Start a new checkout with the transactionId and another key.`,
    extra: { transaction: transactionDetailView(aggregate), attempt: attemptView(attempt) },
  });

const isSameRequest = (aggregate: TransactionAggregate, attempt: Attempt, plan: CheckoutPlan): boolean =>
  aggregate.transaction.total === plan.total &&
  aggregate.transaction.currency === plan.currency &&
  attempt.provider === plan.provider.code &&
  attempt.method === plan.method &&
  attempt.amount === (plan.amount ?? plan.total);

const sourceTaken = (winner: TransactionAggregate): AppError => {
  const latest = latestOpenAttempt(winner);
  const extra = {
    transaction: transactionView(winner.transaction),
    attempt: latest === undefined ? null : attemptView(latest),
    attempts: winner.attempts.map(attemptView),
  };
  return winner.transaction.status === '304_SETTLED'
    ? new AppError({
        code: 'payment.checkout.source_already_settled',
        detail: 'The source is paid in full already.',
        extra,
      })
    : new AppError({
        code: 'payment.checkout.active_transaction_exists',
        detail: 'The source has an active transaction. Add an attempt with its transactionId, or cancel it.',
        extra,
      });
};

const stillUnknown = (aggregate: TransactionAggregate, attempt: Attempt): AppError =>
  new AppError({
    code: 'payment.provider.outcome_unknown',
    detail: 'Nobody has proven yet what became of this attempt. Verify it.',
    extra: { transaction: transactionDetailView(aggregate), attempt: attemptView(attempt) },
    retryAfterSeconds: 15,
  });
