import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { Answer, type OnceRequest } from '@nx/http';
import { decideUnblock, type BlockedSuspense, type FindingCode, type UnblockDecision } from '@nx/mq-pay';
import { Database } from '@nx/persistence';
import { IdempotencyStore, IdGenerator } from '@nx/reliable';
import { PaymentSettings } from '../../configurations/payment-settings';
import { brokenInvariants } from '../../ledger/broken-invariants';
import { CallProvider } from '../../providers/call-provider';
import { ChangeTransaction } from '../../transactions/change-transaction';
import { paymentStateOf } from '../../transactions/payment-state';
import { leftOf, type SuspenseItem, type TransactionAggregate } from '../../transactions/transaction';
import type { TransactionChange } from '../../transactions/transaction-change';
import { transactionDetailView, type TransactionDetailView } from '../../transactions/transaction.view';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { LoadTransaction } from '../resolutions/load-transaction';
import { OperatorActs, type OperatorAct } from '../resolutions/operator-acts';
import type { WithReason } from '../resolutions/replay.dto';
import { acceptanceChange, type Acceptance } from '../suspense/accept-suspense';
import { BLOCKING_FINDINGS } from './block-transaction';

/**
 * Lets a blocked transaction go on, in the state that the evidence proves: what came in time while it was blocked is
 * accepted from suspense up to what is due; only then may the rest go back by itself.
 */
@Injectable()
export class UnblockTransaction {
  constructor(
    private readonly database: Database,
    private readonly loading: LoadTransaction,
    private readonly changes: ChangeTransaction,
    private readonly calls: CallProvider,
    private readonly settings: PaymentSettings,
    private readonly acts: OperatorActs,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
  ) {}

  /**
   * Always takes a second person. Throws `payment.transaction.not_blocked`, `.still_broken`, `payment.approval.*` and
   * not found.
   */
  async execute(
    name: string,
    request: WithReason,
    actor: Actor,
    key?: OnceRequest,
  ): Promise<TransactionDetailView | Answer<ApprovalRequired>> {
    const aggregate = await this.loading.execute(name);
    await this.assertUnblockable(aggregate);
    const act: OperatorAct = {
      operation: 'transaction.unblock',
      transaction: aggregate.transaction,
      adjusts: [...new Set(aggregate.attempts.map(({ provider }) => provider))],
      payload: { transactionId: aggregate.transaction.id },
      actor,
      reason: request.reason,
      amountMinor: 'ALWAYS',
      approvalId: request.approvalId,
    };
    const required = await this.acts.secondPersonFor(act);
    if (required !== undefined) return new Answer(202, required);
    await this.changes.execute(aggregate.transaction.id, actor.userId, async (fresh, now) => {
      await this.assertUnblockable(fresh);
      const change = await this.change(fresh, act, now);
      return { change: { ...change, alongside: this.remembered(fresh, change, key) }, result: undefined };
    });
    return transactionDetailView(await this.loading.execute(aggregate.transaction.id));
  }

  /** What is written with the change, and its answer. */
  private remembered(
    { transaction }: TransactionAggregate,
    { alongside }: TransactionChange,
    key: OnceRequest | undefined,
  ): TransactionChange['alongside'] {
    return async (tx) => {
      await alongside?.(tx);
      await this.keys.remember(tx, key, transactionDetailView(await this.loading.execute(transaction.id, tx)));
    };
  }

  private async assertUnblockable({ transaction }: TransactionAggregate): Promise<void> {
    if (transaction.status !== '403_BLOCKED') {
      throw new AppError({
        code: 'payment.transaction.not_blocked',
        detail: `The transaction is ${transaction.status}.`,
      });
    }
    const [found] = await brokenInvariants(this.database, [transaction.id]);
    if (found === undefined) return;
    throw new AppError({
      code: 'payment.transaction.still_broken',
      detail: `The transaction still does not add up: ${found.broken.join('; ')}.`,
      extra: { broken: found.broken },
    });
  }

  private async change(aggregate: TransactionAggregate, act: OperatorAct, now: number): Promise<TransactionChange> {
    const decision = decideUnblock(stateOf(aggregate), waitingOf(aggregate));
    const { notificationScope } = await this.settings.ofMerchant(aggregate.transaction.merchantId);
    const change = acceptanceChange(aggregate, await this.acceptances(aggregate, decision), {
      status: decision.transactionStatus,
      settles: decision.settles,
      notificationScope,
      nextId: () => this.ids.next(),
      now,
    });
    const note = `Unblocked: ${act.reason}`;
    return {
      ...change,
      changedSuspense: woken(aggregate, change.changedSuspense ?? [], now),
      resolvedFindings: [
        ...(change.resolvedFindings ?? []),
        ...BLOCKING_FINDINGS.map((code) => ({ code, attemptId: null, outcome: 'UNBLOCKED' as const, note })),
      ],
      alongside: this.acts.alongside(act, {
        before: { status: '403_BLOCKED', paid: aggregate.transaction.paid.toString() },
        after: { status: change.after.status, paid: change.after.paid.toString() },
      }),
    };
  }

  private async acceptances(aggregate: TransactionAggregate, decision: UnblockDecision): Promise<Acceptance[]> {
    const made: Acceptance[] = [];
    for (const { suspenseItemId, amountMinor } of decision.acceptances) {
      const item = aggregate.suspense.find(({ id }) => id === suspenseItemId);
      const attempt = aggregate.attempts.find(({ id }) => id === item?.attemptId);
      if (item === undefined || attempt === undefined) throw new Error(`suspense ${suspenseItemId} has vanished`);
      const { configuration } = await this.calls.credentialOf(attempt);
      made.push({ item, attempt, amountMinor, settlementModel: configuration.settlementModel });
    }
    return made;
  }
}

/** What is left may go back by itself from now on, where the merchant wants it so; until now the block stood in the way. */
const woken = (
  { suspense }: TransactionAggregate,
  accepted: readonly SuspenseItem[],
  now: number,
): readonly SuspenseItem[] =>
  suspense
    .map((item) => accepted.find(({ id }) => id === item.id) ?? item)
    .map((item) => (item.autoRefundAt === null ? item : { ...item, autoRefundAt: now }));

const stateOf = (aggregate: TransactionAggregate) => {
  const [any] = aggregate.attempts;
  if (any === undefined) throw new Error('a transaction always has an attempt');
  return paymentStateOf(aggregate, any).transaction;
};

const waitingOf = (aggregate: TransactionAggregate): BlockedSuspense[] =>
  aggregate.suspense.flatMap((item: SuspenseItem) => {
    const attempt = aggregate.attempts.find(({ id }) => id === item.attemptId);
    if (attempt === undefined) return [];
    return [
      {
        suspenseItemId: item.id,
        attemptId: attempt.id,
        attemptIsPaid: attempt.appliedAmount > 0n || attempt.status === '507_REVERSED',
        suspenseMinor: leftOf(item),
        finding: item.reason as FindingCode,
        paidAtMs: attempt.providerPaidAt ?? attempt.finishedAt ?? attempt.createdAt,
      },
    ];
  });
