import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger, Metrics, PROCESSING_SECONDS, type Histogram } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { isStaleLease, StaleLeaseError, WorkerFence } from '@nx/reliable';
import { Freezes, isFrozen } from '../operations/freezes/freezes';
import { PaymentConfig } from '../payment.config';
import { CallProvider } from '../providers/call-provider';
import type { OperationCompletion } from '../providers/provider-operation';
import { ChangeTransaction } from '../transactions/change-transaction';
import { TransactionRepository } from '../transactions/transaction.repository';
import type { Attempt, Transaction, TransactionAggregate } from '../transactions/transaction';
import { ApplyRefundResult, isBeingCalled } from './apply-refund-result';
import { refundQuestionOf, refundRequestOf } from './refund-request';
import { refundSubject } from './begin-try';
import type { Refund } from './refund';

/** Beyond the longest call: whoever has not stored its result by then has died. */
const CALL_MARGIN_MS = 5000;
/** How long a try rests that cannot be sent or asked about, for example because its connection does not open. */
const REST_MS = 5 * 60_000;
/** A lane that is free in a moment is not worth a look in between. */
const SHORTEST_WAIT_MS = 1000;

interface Claimed {
  readonly aggregate: TransactionAggregate;
  readonly refund: Refund;
  readonly attempt: Attempt;
  readonly operationId: string;
  readonly token: string;
}

interface OpenCall {
  readonly id: string;
  readonly started_at: Date;
}

/** What the worker does about a try whose time has come: send it once, ask what became of it, or give its call up. */
@Injectable()
export class WorkOnRefund {
  private readonly openCall: Statement<OpenCall>;
  private readonly duration: Histogram;

  constructor(
    database: Database,
    private readonly fence: WorkerFence,
    private readonly logger: Logger,
    private readonly repository: TransactionRepository,
    private readonly changes: ChangeTransaction,
    private readonly calls: CallProvider,
    private readonly applying: ApplyRefundResult,
    private readonly freezes: Freezes,
    private readonly config: PaymentConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const help = 'From the sending of a refund to its stored answer, by what the answer was';
    this.duration = metrics.histogram('refund_processing_seconds', help, ['provider', 'outcome'], PROCESSING_SECONDS);
    this.openCall = database.statement(
      'refund-open-call',
      `SELECT id, started_at FROM "ProviderOperation"
       WHERE attempt_id = $1 AND kind = 'REFUND' AND finished_at IS NULL`,
    );
  }

  /** Safe to run twice, at once or after a crash: the row of the try decides, and only one claim of it succeeds. */
  async execute(attemptId: string): Promise<void> {
    const aggregate = await this.repository.findByAttempt(attemptId);
    const attempt = aggregate?.attempts.find(({ id }) => id === attemptId);
    const refund = aggregate?.refunds.find(({ id }) => id === attempt?.refundId);
    if (aggregate === undefined || attempt === undefined || refund === undefined) return;
    if (attempt.nextQueryAt === null || attempt.nextQueryAt > this.clock.now()) return;
    try {
      await this.step(aggregate, refund, attempt);
    } catch (error) {
      if (isStaleLease(error)) {
        // Whoever finds the call without an end asks the provider; this process knows nothing that may be written.
        this.fence.lost();
        this.logger.warn('a refund is left to the next worker: the lease of this one has ended', { attemptId, error });
        return;
      }
      // What cannot even begin must not be taken up again at every sweep. A call that has begun stays to be found.
      await this.postpone(attempt, REST_MS, ({ status }) => status === attempt.status);
      throw error;
    }
  }

  private async step(aggregate: TransactionAggregate, refund: Refund, attempt: Attempt): Promise<void> {
    if (attempt.status === '100_NEW') return this.send(attempt);
    if (isBeingCalled(attempt)) return this.giveUp(attempt);
    return this.ask(aggregate, refund, attempt);
  }

  /** Ends the call of a worker that has died or lost its lease: from here on its answer is refused. */
  private async giveUp({ id: attemptId, transactionId }: Attempt): Promise<void> {
    const [open] = await this.openCall.run([attemptId]);
    const operation = open && lostCall(open, this.clock.now(), await this.fence.token());
    await this.applying.execute({
      transactionId,
      attemptId,
      outcome: 'LOST',
      ...(operation === undefined ? {} : { operation }),
    });
  }

  private async send(attempt: Attempt): Promise<void> {
    // Opened before the claim: a connection that does not open leaves the try unsent, and that is known.
    const credential = await this.calls.credentialOf(attempt);
    const claimed = await this.claim(attempt);
    if (claimed === undefined) return;
    const stop = this.duration.startTimer({ provider: attempt.provider });
    const request = refundRequestOf(claimed.aggregate, claimed.refund, claimed.attempt, this.clock.now());
    const called = await this.calls.refund(claimed.attempt, claimed.operationId, credential, request, {
      token: claimed.token,
      assertMayLeave: () => this.assertMayLeave(claimed),
    });
    const { result, completion } = called;
    await this.applying.execute({
      transactionId: attempt.transactionId,
      attemptId: attempt.id,
      outcome: result.refundOutcome,
      toBeConfirmed: result.toBeConfirmed,
      operation: completion,
      ...(result.reason === undefined ? {} : { reason: result.reason }),
      ...(result.providerReference === undefined ? {} : { providerReference: result.providerReference }),
    });
    stop({ outcome: result.outcome });
  }

  /**
   * Undefined = somebody else sends it, the transaction is blocked, or refunds are frozen: then it waits. The operation
   * is committed before the call.
   */
  private async claim(attempt: Attempt): Promise<Claimed | undefined> {
    const token = await this.fence.token(this.config.providers.timeoutMs + CALL_MARGIN_MS);
    return this.changes.execute<Claimed | undefined>(attempt.transactionId, null, async (aggregate, now) => {
      const fresh = aggregate.attempts.find(({ id }) => id === attempt.id);
      const refund = aggregate.refunds.find(({ id }) => id === attempt.refundId);
      if (fresh === undefined || refund === undefined || fresh.status !== '100_NEW') return { result: undefined };
      const before = aggregate.transaction;
      const after = { ...before, version: before.version + 1 };
      const freezeEpoch = await this.passed(before, fresh);
      if (before.status === '403_BLOCKED' || freezeEpoch === undefined) {
        return {
          change: { before, after, changedAttempts: [{ ...fresh, nextQueryAt: now + REST_MS }] },
          result: undefined,
        };
      }
      const operation = this.calls.started(fresh, 'REFUND', now, token);
      const sent: Attempt = {
        ...fresh,
        status: '204_SENT',
        sentAt: now,
        nextQueryAt: now + this.config.providers.timeoutMs + CALL_MARGIN_MS,
      };
      const moved: Refund = { ...refund, status: 'SENT' };
      return {
        change: {
          before,
          after,
          changedAttempts: [sent],
          changedRefund: moved,
          startedOperations: [operation],
          freezeEpoch,
        },
        result: { aggregate, refund: moved, attempt: sent, operationId: operation.id, token },
      };
    });
  }

  /** Nothing leaves so late that others could have given the call up before its answer comes. */
  private assertMayLeave({ attempt, token }: Claimed): void {
    const { timeoutMs } = this.config.providers;
    this.fence.assertCovers(token, timeoutMs);
    if (this.clock.now() + timeoutMs > (attempt.nextQueryAt ?? 0))
      throw new StaleLeaseError(`of the try ${attempt.id}`);
  }

  /** Undefined = refunds like this are stopped. */
  private async passed(transaction: Transaction, attempt: Attempt): Promise<string | undefined> {
    try {
      return await this.freezes.pass(refundSubject(transaction, attempt));
    } catch (error) {
      if (isFrozen(error)) return undefined;
      throw error;
    }
  }

  private async ask(aggregate: TransactionAggregate, refund: Refund, attempt: Attempt): Promise<void> {
    const called = await this.calls.queryRefund(attempt, (askedAtMs) =>
      refundQuestionOf(aggregate, refund, attempt, askedAtMs),
    );
    if (called === undefined) return this.postpone(attempt, null);
    if ('freeAtMs' in called) {
      return this.postpone(attempt, Math.max(called.freeAtMs - this.clock.now(), SHORTEST_WAIT_MS));
    }
    const { result, completion } = called;
    if (result.tooSoon) return this.postpone(attempt, REST_MS, undefined, completion);
    await this.applying.execute({
      transactionId: attempt.transactionId,
      attemptId: attempt.id,
      operation: completion,
      ...(result.refundOutcome === undefined ? {} : { outcome: result.refundOutcome }),
      ...(result.reason === undefined ? {} : { reason: result.reason }),
      ...(result.providerReference === undefined ? {} : { providerReference: result.providerReference }),
    });
  }

  /** Puts the next look off (null = there is none); no step of the schedule is used up. */
  private async postpone(
    attempt: Attempt,
    byMs: number | null,
    applies: (fresh: Attempt) => boolean = () => true,
    completion?: Parameters<ApplyRefundResult['execute']>[0]['operation'],
  ): Promise<void> {
    await this.changes.execute(attempt.transactionId, null, (aggregate, now) => {
      const fresh = aggregate.attempts.find(({ id }) => id === attempt.id);
      const waits = fresh !== undefined && fresh.nextQueryAt !== null && fresh.nextQueryAt <= now && applies(fresh);
      if (!waits && completion === undefined) return { result: undefined };
      return {
        change: {
          before: aggregate.transaction,
          after: { ...aggregate.transaction, version: aggregate.transaction.version + 1 },
          changedAttempts: waits ? [{ ...fresh, nextQueryAt: byMs === null ? null : now + byMs }] : [],
          completedOperations: completion === undefined ? [] : [completion],
        },
        result: undefined,
      };
    });
  }
}

const lostCall = (open: OpenCall, now: number, fencingToken: string): OperationCompletion => ({
  id: open.id,
  finishedAt: now,
  durationMs: Math.max(0, now - open.started_at.getTime()),
  outcome: 'UNKNOWN',
  providerCode: null,
  codeTableVersion: null,
  requestFingerprint: null,
  credentialKeyId: null,
  requestSealed: null,
  responseSealed: null,
  fencingToken,
});
