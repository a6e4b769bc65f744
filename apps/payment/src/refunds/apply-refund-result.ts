import { Injectable } from '@nestjs/common';
import { decideRefundResult, nextQueryAt, type RefundDecision, type RefundOutcome } from '@nx/mq-pay';
import { IdGenerator } from '@nx/reliable';
import type { OperationCompletion } from '../providers/provider-operation';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import type { Attempt, TransactionAggregate } from '../transactions/transaction';
import type { TransactionChange } from '../transactions/transaction-change';
import type { Refund } from './refund';
import { originOf, refundStateOf, sourceOf, tryNumberOf } from './refund-state';
import { afterFruitlessQuestion, canBeAsked, moveTry } from './refund-try';
import { changeOf, takeDecision, type RefundWork } from './refund-work';

export interface TryResult {
  readonly transactionId: string;
  /** The try: an attempt `300_REFUND`. */
  readonly attemptId: string;
  /** Absent = the provider was asked and its answer decides nothing. LOST = the worker of the call has died. */
  readonly outcome?: RefundOutcome | 'LOST';
  readonly reason?: string;
  readonly providerReference?: string;
  readonly toBeConfirmed?: boolean;
  /** Completed with the change. */
  readonly operation?: OperationCompletion;
  /** Who says so, with rows about his evidence; they are written where the outcome changes something. */
  readonly said?: { readonly actorId: string; readonly alongside: TransactionChange['alongside'] };
}

export type RefundNews = 'APPLIED' | NonNullable<RefundDecision['ignore']>;

/** The one way by which what came of a try becomes state, counters, journals and events. */
@Injectable()
export class ApplyRefundResult {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly ids: IdGenerator,
  ) {}

  /** Safe to repeat, in any order. Gives whether it was news. */
  execute(result: TryResult): Promise<RefundNews> {
    const actorId = result.said?.actorId ?? null;
    return this.changes.execute(result.transactionId, actorId, (aggregate, now) => this.apply(aggregate, result, now));
  }

  private apply(aggregate: TransactionAggregate, result: TryResult, now: number): Step<RefundNews> {
    const current = aggregate.attempts.find(({ id }) => id === result.attemptId);
    const refund = aggregate.refunds.find(({ id }) => id === current?.refundId);
    if (current === undefined || refund === undefined) throw new Error(`try ${result.attemptId} has vanished`);
    // Whoever was thought dead has stored a result after all.
    if (result.outcome === 'LOST' && !isBeingCalled(current)) return { result: 'NO_NEWS' };
    const { work, ignore } = this.workAfter(aggregate, refund, current, result, now);
    if (ignore !== undefined && result.said !== undefined) return { result: ignore };
    const change: TransactionChange = {
      ...changeOf(aggregate, work, { nextId: () => this.ids.next(), now }),
      completedOperations: result.operation === undefined ? [] : [result.operation],
      alongside: result.said?.alongside,
    };
    return { change, result: ignore ?? 'APPLIED' };
  }

  private workAfter(
    aggregate: TransactionAggregate,
    refund: Refund,
    current: Attempt,
    result: TryResult,
    now: number,
  ): { readonly work: RefundWork; readonly ignore: RefundDecision['ignore'] } {
    const tryNumber = tryNumberOf(aggregate, current);
    const untouched: RefundWork = {
      transaction: aggregate.transaction,
      ...originOf(aggregate, refund),
      refund,
      current,
      tryNumber,
      journals: [],
      findings: [],
    };
    const outcome = result.outcome === 'LOST' ? 'UNKNOWN' : result.outcome;
    const decision =
      outcome === undefined
        ? undefined
        : decideRefundResult(refundStateOf(aggregate, refund), sourceOf(aggregate, refund), { tryNumber, outcome });
    const taken = decision === undefined ? untouched : takeDecision(untouched, decision, now);
    const after = tryAfter(current, decision, result, now);
    const isPaid = decision?.tryStatus === 'SUCCEEDED';
    const work = {
      ...taken,
      current: after,
      refund: isPaid ? { ...taken.refund, toBeConfirmed: result.toBeConfirmed === true } : taken.refund,
      findings: [...taken.findings, ...(isGivenUp(current, after) ? ['REFUND_UNKNOWN'] : [])],
    };
    return { work, ignore: decision?.ignore };
  }
}

/** The call has begun, and neither an answer nor an acceptance was stored. */
export const isBeingCalled = (attempt: Attempt): boolean =>
  attempt.status === '204_SENT' && attempt.providerCreatedAt === null;

const isOpenTry = ({ status }: Attempt): boolean => status === '204_SENT' || status === '000_UNKNOWN';

/** Nobody is asked any more and nothing is proven: from here on it is a person's task. */
const isGivenUp = (before: Attempt, after: Attempt): boolean =>
  isOpenTry(after) && after.nextQueryAt === null && before.nextQueryAt !== null;

const tryAfter = (current: Attempt, decision: RefundDecision | undefined, result: TryResult, now: number): Attempt => {
  const named = {
    ...current,
    refundProviderReference: result.providerReference ?? current.refundProviderReference,
  };
  const reason = result.reason ?? (result.outcome === 'LOST' ? 'NO_RESULT' : null);
  if (result.outcome === undefined) {
    return isOpenTry(named) && named.nextQueryAt !== null ? afterFruitlessQuestion(named, now) : named;
  }
  if (result.outcome === 'ACCEPTED' && isOpenTry(named)) {
    return {
      ...named,
      providerCreatedAt: now,
      queryStep: 0,
      nextQueryAt: canBeAsked(named) ? nextQueryAt(0, now) : null,
    };
  }
  return decision?.tryStatus === undefined ? named : moveTry(named, decision.tryStatus, reason, now);
};
