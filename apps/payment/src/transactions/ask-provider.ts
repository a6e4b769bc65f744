import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { IdGenerator } from '@nx/reliable';
import { CallProvider } from '../providers/call-provider';
import { ApplyProviderResult, type ProviderResult } from './apply-provider-result';
import { ChangeTransaction } from './change-transaction';
import { moveAttempt, openAmountAfter } from './end-attempt';
import { paymentEvent } from './payment-events';
import { isOpen, type Attempt, type TransactionAggregate } from './transaction';
import { TransactionRepository } from './transaction.repository';

export type AskOutcome = 'ANSWERED' | 'NO_ANSWER' | 'TOO_SOON' | 'NOT_ASKED';

/** How long to wait when the provider says that it was asked too soon (VNPAY answers 94 for five minutes). */
const TOO_SOON_MS = 5 * 60_000;
/** A lane that is free in a moment is not worth a look in between. */
const SHORTEST_WAIT_MS = 1000;
/** How long an attempt rests that cannot be asked about, for example because its connection does not open. */
const CANNOT_ASK_MS = 5 * 60_000;

/** Asks the provider what became of an attempt and applies what its answer proves. */
@Injectable()
export class AskProvider {
  constructor(
    private readonly calls: CallProvider,
    private readonly applying: ApplyProviderResult,
    private readonly changes: ChangeTransaction,
    private readonly repository: TransactionRepository,
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(aggregate: TransactionAggregate, attempt: Attempt, actorId: string | null): Promise<AskOutcome> {
    const called = await this.calls.query(aggregate.transaction, attempt);
    if (called === undefined) return 'NOT_ASKED';
    if ('freeAtMs' in called) {
      await this.postpone(
        aggregate.transaction.id,
        attempt.id,
        Math.max(called.freeAtMs - this.clock.now(), SHORTEST_WAIT_MS),
      );
      return 'TOO_SOON';
    }
    const { result, completion, credential } = called;
    if (result.tooSoon || result.evidence === undefined) {
      await this.postpone(aggregate.transaction.id, attempt.id, TOO_SOON_MS, completion);
      return result.tooSoon ? 'TOO_SOON' : 'NO_ANSWER';
    }
    await this.applying.execute({
      merchantId: aggregate.transaction.merchantId,
      transactionId: aggregate.transaction.id,
      attemptId: attempt.id,
      evidence: result.evidence,
      settlementModel: credential.configuration.settlementModel,
      operation: completion,
      actorId,
    });
    return result.evidence.verdict === 'NO_ANSWER' ? 'NO_ANSWER' : 'ANSWERED';
  }

  /**
   * The scheduler's look at an attempt whose time has come. An attempt that nobody can be asked about expires by the
   * clock; the others by the provider's word.
   */
  async look(attemptId: string): Promise<AskOutcome | 'EXPIRED'> {
    const aggregate = await this.repository.findByAttempt(attemptId);
    const attempt = aggregate?.attempts.find((candidate) => candidate.id === attemptId);
    // A try to refund has a worker of its own, who asks other questions.
    if (aggregate === undefined || attempt?.type !== '100_PAYMENT') return 'NOT_ASKED';
    // A nudge may come twice, or late: the row says whether it is time.
    if (attempt.nextQueryAt === null || attempt.nextQueryAt > this.clock.now()) return 'NOT_ASKED';
    const outcome = await this.execute(aggregate, attempt, null).catch(async (error: unknown) => {
      // What cannot even be asked must not be taken up again at every sweep, before all others.
      await this.postpone(aggregate.transaction.id, attemptId, CANNOT_ASK_MS);
      throw error;
    });
    if (outcome !== 'NOT_ASKED') return outcome;
    return this.changes.execute(aggregate.transaction.id, null, (fresh, now) => this.expire(fresh, attemptId, now));
  }

  private expire(aggregate: TransactionAggregate, attemptId: string, now: number) {
    const attempt = aggregate.attempts.find((candidate) => candidate.id === attemptId);
    if (attempt === undefined || !isOpen(attempt) || attempt.expiresAt > now) return { result: 'NOT_ASKED' as const };
    const after = moveAttempt(attempt, '501_EXPIRED', 'EXPIRED', now);
    const transaction = {
      ...aggregate.transaction,
      openAmount: openAmountAfter(aggregate, [after]),
      version: aggregate.transaction.version + 1,
    };
    const draft = { type: 'mq-pay:attempt.expired' as const, transaction, attempt: after };
    return {
      change: {
        before: aggregate.transaction,
        after: transaction,
        changedAttempts: [after],
        events: [paymentEvent(this.ids.next(), draft, now)],
      },
      result: 'EXPIRED' as const,
    };
  }

  private async postpone(
    transactionId: string,
    attemptId: string,
    byMs: number,
    completion?: ProviderResult['operation'],
  ): Promise<void> {
    await this.changes.execute(transactionId, null, (aggregate, now) => {
      const attempt = aggregate.attempts.find((candidate) => candidate.id === attemptId);
      const waiting = attempt !== undefined && attempt.nextQueryAt !== null && attempt.nextQueryAt <= now;
      return {
        change: {
          before: aggregate.transaction,
          after: { ...aggregate.transaction, version: aggregate.transaction.version + 1 },
          changedAttempts: waiting ? [{ ...attempt, nextQueryAt: now + byMs }] : [],
          completedOperations: completion === undefined ? [] : [completion],
        },
        result: undefined,
      };
    });
  }
}
