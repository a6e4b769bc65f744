import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import type { Decision, Evidence, SettlementModel } from '@nx/mq-pay';
import { Logger } from '@nx/observability';
import { isUniqueViolation } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import { PaymentSettings } from '../configurations/payment-settings';
import type { OperationCompletion } from '../providers/provider-operation';
import { applyEvidence } from './apply-evidence';
import { ChangeTransaction, type Step } from './change-transaction';
import type { Attempt, TransactionAggregate } from './transaction';
import type { IpnCompletion, TransactionChange } from './transaction-change';

export interface ProviderResult {
  readonly merchantId: string;
  readonly transactionId: string;
  readonly attemptId: string;
  readonly evidence: Evidence;
  readonly settlementModel: SettlementModel;
  /** The query that brought the evidence; its row is completed with the change. */
  readonly operation?: OperationCompletion;
  /** The callback that brought the evidence; its row is completed with the change. */
  readonly ipn?: { readonly id: string };
  readonly actorId: string | null;
  /** Rows about the evidence itself (who gave it), in the transaction of what it changes; unwritten if that is nothing. */
  readonly alongside?: TransactionChange['alongside'];
}

/** The one way by which evidence of any source becomes state, money and events. */
@Injectable()
export class ApplyProviderResult {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly settings: PaymentSettings,
    private readonly ids: IdGenerator,
    private readonly logger: Logger,
  ) {}

  /** Safe to repeat: known evidence changes nothing. Throws `payment.attempt.not_found`. */
  async execute(result: ProviderResult): Promise<Decision> {
    try {
      return await this.apply(result);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      // One payment of the provider cannot pay two attempts: what claims so is kept for a person, not applied.
      this.logger.error('provider reference is booked on another attempt', { attemptId: result.attemptId });
      return this.changes.execute(result.transactionId, result.actorId, (aggregate) =>
        this.contradiction(aggregate, result),
      );
    }
  }

  private async apply(result: ProviderResult): Promise<Decision> {
    const settings = await this.settings.ofMerchant(result.merchantId);
    return this.changes.execute(result.transactionId, result.actorId, (aggregate, now) => {
      const attempt = attemptOf(aggregate, result.attemptId);
      const { decision, change } = applyEvidence(aggregate, attempt, result.evidence, {
        settlementModel: result.settlementModel,
        notificationScope: settings.notificationScope,
        autoRefund: settings.autoRefund,
        nextId: () => this.ids.next(),
        now,
      });
      return { change: this.completed(aggregate, change, result, decision), result: decision };
    });
  }

  /** Adds the rows that end with this change; a callback or a query is completed even when nothing else changes. */
  private completed(
    aggregate: TransactionAggregate,
    change: TransactionChange | undefined,
    result: ProviderResult,
    decision: Decision,
  ): TransactionChange | undefined {
    if (change === undefined && result.ipn === undefined && result.operation === undefined) return undefined;
    const version = aggregate.transaction.version + 1;
    const ipn: IpnCompletion | undefined =
      result.ipn === undefined ? undefined : { id: result.ipn.id, outcome: decision.ignore ?? outcomeOf(decision) };
    return {
      ...(change === undefined ? {} : { alongside: result.alongside }),
      ...(change ?? { before: aggregate.transaction, after: { ...aggregate.transaction, version } }),
      ...(result.operation === undefined ? {} : { completedOperations: [result.operation] }),
      ...(ipn === undefined ? {} : { ipn }),
    };
  }

  private contradiction(aggregate: TransactionAggregate, result: ProviderResult): Step<Decision> {
    const attempt = attemptOf(aggregate, result.attemptId);
    const decision: Decision = {
      ignore: 'NOT_PROOF',
      appliedMinor: 0n,
      suspenseMinor: 0n,
      settles: false,
      findings: ['CONFLICTING_EVIDENCE'],
    };
    const change: TransactionChange = {
      before: aggregate.transaction,
      after: { ...aggregate.transaction, version: aggregate.transaction.version + 1 },
      changedAttempts: [{ ...attempt, nextQueryAt: null }],
      findings: [
        {
          id: this.ids.next(),
          code: 'CONFLICTING_EVIDENCE',
          detail: `Payment ${result.evidence.providerReference ?? '?'} is booked elsewhere already.`,
          attemptId: attempt.id,
        },
      ],
    };
    return { change: this.completed(aggregate, change, result, decision), result: decision };
  }
}

const outcomeOf = (decision: Decision): string =>
  decision.appliedMinor > 0n
    ? 'APPLIED'
    : decision.suspenseMinor > 0n
      ? 'SUSPENSE'
      : (decision.attemptStatus ?? 'NOTED');

const attemptOf = (aggregate: TransactionAggregate, attemptId: string): Attempt => {
  const attempt = aggregate.attempts.find((candidate) => candidate.id === attemptId);
  if (attempt === undefined) {
    throw new AppError({ code: 'payment.attempt.not_found', detail: 'The transaction has no such attempt.' });
  }
  return attempt;
};
