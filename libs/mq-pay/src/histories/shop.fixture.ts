import { applyDecision } from '../evidence/apply-decision';
import { decideAttempt } from '../evidence/decide';
import type { AttemptState, BookedPayment, FindingCode, PaymentState, TransactionState } from '../evidence/decision';
import type { Evidence } from '../evidence/evidence';
import { isOpenAttempt } from '../states/machines';
import { EXPIRES_AT } from '../evidence/evidence.fixture';
import { ACCOUNT_RULES } from '../posting/accounts';
import type { AccountType } from '../posting/accounts';
import type { PostingContext } from '../posting/instrument';
import type { JournalDraft } from '../posting/journal';
import { POSTING_RULES } from '../posting/rules';
import type { RefundableAttempt, RefundDecision, RefundState } from '../refunds/refund';
import type { ChargebackStatus } from '../states/machines';

export const rules = POSTING_RULES['1'];

export interface ShopItem {
  readonly id: string;
  readonly attempt: ShopAttempt;
  readonly reference: string;
  readonly amountMinor: bigint;
  readonly finding: FindingCode;
  readonly paidAtMs: number;
  acceptedMinor: bigint;
  refundedMinor: bigint;
  reversedMinor: bigint;
  acceptances: number;
  automaticRefunds: number;
}

export interface ShopAttempt {
  readonly id: string;
  readonly context: PostingContext;
  readonly sale: ShopSale;
  state: Omit<AttemptState, 'payments'>;
  /** What was applied at once and whether it was taken back; the rest of each payment is in the items. */
  payments: readonly BookedPayment[];
  refundedMinor: bigint;
  refundReservedMinor: bigint;
  claimedMinor: bigint;
}

export interface ShopSale {
  readonly id: string;
  transaction: TransactionState;
  attempts: ShopAttempt[];
}

export interface ShopRefund {
  readonly id: string;
  readonly attempt: ShopAttempt;
  readonly item: ShopItem | null;
  state: RefundState;
  /** Of the current try. */
  opened: JournalDraft;
  /** The instrument of each try, by its number. */
  readonly instruments: Map<number, PostingContext>;
}

export interface ShopChargeback {
  readonly id: string;
  readonly attempt: ShopAttempt;
  readonly amountMinor: bigint;
  readonly opened: JournalDraft;
  status: ChargebackStatus;
}

/** A merchant's books: every effect goes through the engine's decisions, and every journal through the posting rules. */
export class Shop {
  readonly sales: ShopSale[] = [];
  readonly items: ShopItem[] = [];
  readonly refunds: ShopRefund[] = [];
  readonly chargebacks: ShopChargeback[] = [];
  readonly payouts: {
    readonly id: string;
    readonly amountMinor: bigint;
    status: 'OPEN' | 'PAID' | 'FAILED' | 'RETURNED';
  }[] = [];
  readonly journals: JournalDraft[] = [];
  private readonly balances = new Map<string, bigint>();
  private lastId = 0;

  id(): string {
    this.lastId += 1;
    return String(this.lastId);
  }

  write(sale: ShopSale | null, journal: JournalDraft): JournalDraft {
    this.journals.push(journal);
    for (const { account, side, amountMinor } of journal.entries) {
      const grown = side === ACCOUNT_RULES[account.type].normalSide ? amountMinor : -amountMinor;
      for (const name of [account.type, `${account.type} ${account.provider}`, `${account.type} of ${sale?.id}`]) {
        this.balances.set(name, (this.balances.get(name) ?? 0n) + grown);
      }
    }
    return journal;
  }

  /** On the account's normal side, over everything. */
  balance(type: AccountType): bigint {
    return this.balances.get(type) ?? 0n;
  }

  balanceWith(type: AccountType, provider: string): bigint {
    return this.balances.get(`${type} ${provider}`) ?? 0n;
  }

  /** Of the journals of one sale. */
  balanceOf(sale: ShopSale, type: AccountType): bigint {
    return this.balances.get(`${type} of ${sale.id}`) ?? 0n;
  }

  get payableAvailableMinor(): bigint {
    return this.balance('MERCHANT_PAYABLE');
  }

  checkout(
    totalMinor: bigint,
    parts: readonly { readonly amountMinor: bigint; readonly context: PostingContext }[],
  ): void {
    const sale: ShopSale = {
      id: this.id(),
      transaction: {
        status: '100_NEW',
        totalMinor,
        paidMinor: 0n,
        refundedMinor: 0n,
        refundReservedMinor: 0n,
        chargedBackMinor: 0n,
      },
      attempts: [],
    };
    sale.attempts = parts.map(({ amountMinor, context }) => ({
      id: this.id(),
      context,
      sale,
      state: {
        status: '204_SENT',
        amountMinor,
        expiresAtMs: EXPIRES_AT,
        providerReference: null,
        awaitedReversals: [],
        createLostAtMs: null,
      },
      payments: [],
      refundedMinor: 0n,
      refundReservedMinor: 0n,
      claimedMinor: 0n,
    }));
    this.sales.push(sale);
  }

  /** What the rules see of an attempt: what was applied at once, and beside it what lies in suspense. */
  stateOf(attempt: ShopAttempt): PaymentState {
    const payments = attempt.payments.map((payment) => {
      const item = this.itemOf(attempt, payment.providerReference);
      return {
        ...payment,
        appliedMinor: payment.appliedMinor + (item?.acceptedMinor ?? 0n),
        suspenseMinor: item === undefined ? 0n : leftOf(item),
      };
    });
    return { attempt: { ...attempt.state, payments }, transaction: attempt.sale.transaction };
  }

  hear(attempt: ShopAttempt, evidence: Evidence): void {
    const before = this.stateOf(attempt);
    const decision = decideAttempt(before, evidence);
    const { attempt: after, transaction } = applyDecision(before, decision, evidence);
    const { payments, ...state } = after;
    attempt.state = state;
    attempt.sale.transaction = transaction;
    const { bookReference, acceptReference, appliedMinor, suspenseMinor, reversal } = decision;
    const posting = { ...attempt.context, attemptId: attempt.id, providerReference: bookReference ?? '' };
    if (bookReference !== undefined) {
      this.write(attempt.sale, rules.postPaymentSuccess({ ...posting, appliedMinor, suspenseMinor }));
      const booked = payments.find((payment) => payment.providerReference === bookReference);
      if (booked !== undefined) {
        attempt.payments = [...attempt.payments, { ...booked, appliedMinor, suspenseMinor: 0n }];
      }
      if (suspenseMinor > 0n) this.keep(attempt, bookReference, suspenseMinor, decision.findings[0], evidence);
      if (posting.provider === 'SYSTEM' && posting.method !== '000_CASH') attempt.claimedMinor += appliedMinor;
    }
    const accepted = this.itemOf(attempt, acceptReference ?? '');
    if (accepted !== undefined) this.accept(accepted, appliedMinor);
    if (reversal !== undefined) {
      const { payableAvailableMinor } = this;
      const reversed = rules.postPaymentReversed({ ...posting, ...reversal, payableAvailableMinor });
      this.write(attempt.sale, reversed);
      const item = this.itemOf(attempt, reversal.providerReference);
      if (item !== undefined) item.reversedMinor += reversal.fromSuspenseMinor;
      attempt.payments = attempt.payments.map((payment) =>
        payment.providerReference === reversal.providerReference ? { ...payment, reversed: true } : payment,
      );
    }
    if (decision.settles) this.cancelOpen(attempt.sale);
  }

  accept(item: ShopItem, amountMinor: bigint): void {
    item.acceptedMinor += amountMinor;
    item.acceptances += 1;
    const posting = { suspenseItemId: item.id, acceptance: item.acceptances, amountMinor };
    this.write(item.attempt.sale, rules.postSuspenseAccepted({ ...item.attempt.context, ...posting }));
  }

  cancelOpen(sale: ShopSale): void {
    for (const attempt of sale.attempts) {
      if (isOpenAttempt(attempt.state.status)) attempt.state = { ...attempt.state, status: '505_CANCELLED' };
    }
  }

  openRefund(
    attempt: ShopAttempt,
    item: ShopItem | null,
    amountMinor: bigint,
    decision: RefundDecision,
    by: PostingContext,
  ): void {
    const id = this.id();
    const opened = this.postOpened(id, 1, attempt, item, amountMinor, by);
    const state = { status: 'NEW', amountMinor, tries: [{ tryNumber: 1, status: 'NEW' }] } as const;
    this.refunds.push({ id, attempt, item, state, opened, instruments: new Map([[1, by]]) });
    this.count(attempt, item, decision);
  }

  postOpened(
    refundId: string,
    tryNumber: number,
    attempt: ShopAttempt,
    item: ShopItem | null,
    amountMinor: bigint,
    by: PostingContext,
  ): JournalDraft {
    const source = item === null ? 'OWNER' : 'SUSPENSE';
    const { payableAvailableMinor } = this;
    return this.write(
      attempt.sale,
      rules.postRefundOpened({ ...by, refundId, tryNumber, amountMinor, source, payableAvailableMinor }),
    );
  }

  count(attempt: ShopAttempt, item: ShopItem | null, decision: RefundDecision): void {
    const { transaction } = attempt.sale;
    attempt.refundedMinor += decision.refundedMinor;
    attempt.refundReservedMinor += decision.reservedMinor;
    if (item !== null) item.refundedMinor += decision.suspenseRefundedMinor;
    attempt.sale.transaction = {
      ...transaction,
      refundedMinor: transaction.refundedMinor + decision.refundedMinor,
      refundReservedMinor: transaction.refundReservedMinor + decision.reservedMinor,
      status: decision.transactionStatus ?? transaction.status,
    };
  }

  refundable(attempt: ShopAttempt): RefundableAttempt {
    const { payments, status } = this.stateOf(attempt).attempt;
    return {
      attemptId: attempt.id,
      status,
      paidAtMs: Number(attempt.id),
      appliedMinor: payments.reduce((sum, payment) => sum + (payment.reversed ? 0n : payment.appliedMinor), 0n),
      refundedMinor: attempt.refundedMinor,
      refundReservedMinor: attempt.refundReservedMinor,
      hasRefundInFlight: this.refunds.some((refund) => refund.attempt === attempt && isOpenRefund(refund)),
      refundsByProvider: attempt.context.provider !== 'SYSTEM' && attempt.context.provider !== 'VIETQR',
      refundsInPart: true,
    };
  }

  hasOpenChargeback(sale: ShopSale): boolean {
    return this.chargebacks.some((each) => each.attempt.sale === sale && isOpenChargeback(each));
  }

  private keep(
    attempt: ShopAttempt,
    reference: string,
    amountMinor: bigint,
    finding: FindingCode = 'SURPLUS',
    evidence: Evidence,
  ): void {
    const none = { acceptedMinor: 0n, refundedMinor: 0n, reversedMinor: 0n, acceptances: 0, automaticRefunds: 0 };
    const paidAtMs = evidence.paidAtMs ?? evidence.receivedAtMs;
    this.items.push({ id: this.id(), attempt, reference, amountMinor, finding, paidAtMs, ...none });
  }

  private itemOf(attempt: ShopAttempt, reference: string): ShopItem | undefined {
    return this.items.find((item) => item.attempt === attempt && item.reference === reference);
  }
}

export const leftOf = (item: ShopItem): bigint =>
  item.amountMinor - item.acceptedMinor - item.refundedMinor - item.reversedMinor;

export const isOpenRefund = ({ state }: ShopRefund): boolean =>
  state.status === 'NEW' || state.status === 'SENT' || state.status === 'UNKNOWN';

export const isOpenChargeback = ({ status }: ShopChargeback): boolean => status === 'OPEN' || status === 'SUBMITTED';
