import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { decideAutomaticRefund, PROVIDERS, type AutomaticRefund, type NoAutomaticRefund } from '@nx/mq-pay';
import { IdGenerator } from '@nx/reliable';
import { PaymentSettings } from '../configurations/payment-settings';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import type { Attempt, SuspenseItem, TransactionAggregate } from '../transactions/transaction';
import { isFrozen } from '../operations/freezes/freezes';
import type { TransactionChange } from '../transactions/transaction-change';
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

  /**
   * Gives an item back because a person says so, whatever the merchant's setting; `alongside` is written with it.
   * Throws `payment.suspense.not_refundable` and `payment.refund.by_hand_only`.
   */
  async byPerson(
    transactionId: string,
    itemId: string,
    actorId: string,
    alongside: TransactionChange['alongside'],
  ): Promise<void> {
    const attempt = await this.changes.execute(transactionId, actorId, async (aggregate, now) => {
      const { item, paid } = itemIn(aggregate, itemId);
      const automatic = judge(aggregate, item, paid, true);
      if (!automatic.opens) throw notRefundable(automatic.because);
      const begun = await this.beginning.plan(aggregate, this.begin(aggregate, item, paid, automatic, actorId, now));
      return { change: { ...begun.change, alongside }, result: begun.attempt };
    });
    this.beginning.nudge(attempt);
  }

  private async open(aggregate: TransactionAggregate, itemId: string, now: number): Promise<Step<Attempt | undefined>> {
    const item = aggregate.suspense.find(({ id }) => id === itemId);
    if (item === undefined || item.autoRefundAt === null) return { result: undefined };
    const paid = aggregate.attempts.find(({ id }) => id === item.attemptId);
    if (paid === undefined || PROVIDERS.get(paid.provider)?.capabilities.refund !== true) {
      return { change: lookAgain(aggregate, item, null), result: undefined };
    }
    const { autoRefund } = await this.settings.ofMerchant(aggregate.transaction.merchantId);
    const automatic = judge(aggregate, item, paid, autoRefund);
    if (!automatic.opens) {
      const at = automatic.because === 'LATER' ? now + LATER_MS : null;
      return { change: lookAgain(aggregate, item, at), result: undefined };
    }
    const begun = await this.unlessFrozen(aggregate, this.begin(aggregate, item, paid, automatic, null, now));
    // Frozen money waits; it is not given up.
    if (begun === undefined) return { change: lookAgain(aggregate, item, now + LATER_MS), result: undefined };
    return { change: begun.change, result: begun.attempt };
  }

  private begin(
    { transaction }: TransactionAggregate,
    item: SuspenseItem,
    paid: Attempt,
    automatic: Extract<AutomaticRefund, { opens: true }>,
    actorId: string | null,
    now: number,
  ): Beginning {
    return {
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
        createdBy: actorId,
      },
      paid,
      item,
      tryNumber: 1,
      decision: automatic.decision,
      actorId,
      now,
    };
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

const judge = (aggregate: TransactionAggregate, item: SuspenseItem, paid: Attempt, wanted: boolean): AutomaticRefund =>
  decideAutomaticRefund({
    item: refundableSuspense(item),
    autoRefund: wanted,
    automaticRefundOpened: aggregate.refunds.some(({ suspenseItemId }) => suspenseItemId === item.id),
    transactionStatus: aggregate.transaction.status,
    hasOpenChargeback: hasChargeback(aggregate),
    hasRefundInFlight: hasRefundInFlight(aggregate, paid.id),
  });

const WHY_NOT: Record<NoAutomaticRefund, string> = {
  SWITCHED_OFF: 'The merchant does not want it.',
  OPENED_BEFORE: 'A refund of it was opened before; retry that one.',
  NOTHING_LEFT: 'Nothing of it is left.',
  LATER: 'The transaction is blocked or contested, or another refund of the attempt is on its way.',
};

const notRefundable = (because: NoAutomaticRefund): AppError =>
  new AppError({ code: 'payment.suspense.not_refundable', detail: WHY_NOT[because], extra: { because } });

const itemIn = (aggregate: TransactionAggregate, itemId: string): { item: SuspenseItem; paid: Attempt } => {
  const item = aggregate.suspense.find(({ id }) => id === itemId);
  const paid = aggregate.attempts.find(({ id }) => id === item?.attemptId);
  if (item !== undefined && paid !== undefined) return { item, paid };
  throw new AppError({ code: 'payment.suspense.not_found', detail: 'The transaction has no such item.' });
};

const lookAgain = (aggregate: TransactionAggregate, item: SuspenseItem, autoRefundAt: number | null) => ({
  before: aggregate.transaction,
  after: { ...aggregate.transaction, version: aggregate.transaction.version + 1 },
  changedSuspense: [{ ...item, autoRefundAt }],
});
