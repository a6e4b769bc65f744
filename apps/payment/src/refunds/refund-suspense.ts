import { Injectable } from '@nestjs/common';
import { decideAutomaticRefund, PROVIDERS } from '@nx/mq-pay';
import { IdGenerator } from '@nx/reliable';
import { PaymentSettings } from '../configurations/payment-settings';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import type { Attempt, SuspenseItem, TransactionAggregate } from '../transactions/transaction';
import { isFrozen } from '../operations/freezes/freezes';
import { BeginTry, type Beginning, type Begun } from './begin-try';
import { hasChargeback, hasRefundInFlight, refundableSuspense } from './refund-state';

/** What stands in the way passes by itself; look again after so long. */
const LATER_MS = 5 * 60_000;

/** Gives money in suspense back without being asked, once per item, for merchants who want it so. */
@Injectable()
export class RefundSuspense {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly settings: PaymentSettings,
    private readonly beginning: BeginTry,
    private readonly ids: IdGenerator,
  ) {}

  /** Safe to repeat: the item has at most one refund. */
  async execute(transactionId: string, itemId: string): Promise<void> {
    const attempt = await this.changes.execute(transactionId, null, (aggregate, now) =>
      this.open(aggregate, itemId, now),
    );
    this.beginning.nudge(attempt);
  }

  private async open(aggregate: TransactionAggregate, itemId: string, now: number): Promise<Step<Attempt | undefined>> {
    const item = aggregate.suspense.find(({ id }) => id === itemId);
    if (item === undefined || item.autoRefundAt === null) return { result: undefined };
    const paid = aggregate.attempts.find(({ id }) => id === item.attemptId);
    if (paid === undefined || PROVIDERS.get(paid.provider)?.capabilities.refund !== true) {
      return { change: lookAgain(aggregate, item, null), result: undefined };
    }
    const { transaction } = aggregate;
    const { autoRefund } = await this.settings.ofMerchant(transaction.merchantId);
    const automatic = decideAutomaticRefund({
      item: refundableSuspense(item),
      autoRefund,
      automaticRefundOpened: aggregate.refunds.some(({ suspenseItemId }) => suspenseItemId === item.id),
      transactionStatus: transaction.status,
      hasOpenChargeback: hasChargeback(aggregate),
      hasRefundInFlight: hasRefundInFlight(aggregate, paid.id),
    });
    if (!automatic.opens) {
      const at = automatic.because === 'LATER' ? now + LATER_MS : null;
      return { change: lookAgain(aggregate, item, at), result: undefined };
    }
    const begun = await this.unlessFrozen(aggregate, {
      refund: {
        id: this.ids.next(),
        transactionId: transaction.id,
        merchantId: transaction.merchantId,
        attemptId: paid.id,
        kind: 'SUSPENSE',
        suspenseItemId: item.id,
        // No caller can choose a reference with a slash.
        clientReference: `automatic/${item.id}`,
        amount: automatic.amountMinor,
        currency: transaction.currency,
        reason: 'Payment that could not be accepted',
        status: 'NEW',
        byHand: null,
        evidence: null,
        toBeConfirmed: false,
        finishedAt: null,
        createdAt: now,
        createdBy: null,
      },
      paid,
      item,
      tryNumber: 1,
      decision: automatic.decision,
      actorId: null,
      now,
    });
    // Frozen money waits; it is not given up.
    if (begun === undefined) return { change: lookAgain(aggregate, item, now + LATER_MS), result: undefined };
    return { change: begun.change, result: begun.attempt };
  }

  private async unlessFrozen(aggregate: TransactionAggregate, beginning: Beginning): Promise<Begun | undefined> {
    try {
      return await this.beginning.plan(aggregate, beginning);
    } catch (error) {
      if (isFrozen(error)) return undefined;
      throw error;
    }
  }
}

const lookAgain = (aggregate: TransactionAggregate, item: SuspenseItem, autoRefundAt: number | null) => ({
  before: aggregate.transaction,
  after: { ...aggregate.transaction, version: aggregate.transaction.version + 1 },
  changedSuspense: [{ ...item, autoRefundAt }],
});
