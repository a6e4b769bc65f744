import type { AttemptStatusCode, TransactionStatusCode } from '@nx/contracts';
import type { PaymentMethod, ProviderCode } from '@nx/mq-pay';
import type { Chargeback } from '../chargebacks/chargeback';
import type { Refund } from '../refunds/refund';

export type AttemptType = '100_PAYMENT' | '200_CANCEL_PAYMENT' | '300_REFUND';

/** What a source document has to be paid. Amounts in minor units, instants in milliseconds since the epoch. */
export interface Transaction {
  readonly id: string;
  readonly uid: string;
  readonly merchantId: string;
  readonly organizerId: string | null;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly sourceUid: string;
  readonly total: bigint;
  /** Gross amount applied to the sale. */
  readonly paid: bigint;
  /** Sum of the amounts of open attempts: what nobody else may start a payment for. */
  readonly openAmount: bigint;
  readonly refunded: bigint;
  readonly refundReserved: bigint;
  readonly chargedBack: bigint;
  readonly currency: string;
  readonly status: TransactionStatusCode;
  readonly blockedFrom: TransactionStatusCode | null;
  /** Raised by every change; the guard of every write. */
  readonly version: number;
  readonly settledAt: number | null;
  readonly cancelledAt: number | null;
  readonly createdAt: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One try with one provider. */
export interface Attempt {
  readonly id: string;
  readonly uid: string;
  readonly transactionId: string;
  readonly merchantId: string;
  readonly parentId: string | null;
  readonly type: AttemptType;
  readonly provider: ProviderCode;
  readonly method: PaymentMethod;
  readonly credentialId: string | null;
  readonly terminal: string | null;
  readonly amount: bigint;
  readonly appliedAmount: bigint;
  /** What of the applied amount the provider took back from the owner. */
  readonly reversed: bigint;
  /** References whose reversal was proven before their success was heard of. */
  readonly awaitedReversals: readonly string[];
  readonly refunded: bigint;
  readonly refundReserved: bigint;
  readonly tendered: bigint | null;
  readonly status: AttemptStatusCode;
  readonly reason: string | null;
  readonly providerReference: string | null;
  readonly bankCode: string | null;
  readonly bankReference: string | null;
  readonly providerCreatedAt: number | null;
  readonly providerPaidAt: number | null;
  readonly qrContent: string | null;
  readonly payUrl: string | null;
  readonly expiresAt: number;
  readonly sentAt: number | null;
  readonly finishedAt: number | null;
  readonly nextQueryAt: number | null;
  readonly queryStep: number;
  /** When the answer to the only CREATE was given up; then nobody ever saw a QR of this attempt. */
  readonly createLostAt: number | null;
  /** Of a try to refund: the refund, its number at the provider, and the provider's own reference of it. */
  readonly refundId: string | null;
  readonly refundReference: string | null;
  readonly refundProviderReference: string | null;
  readonly createdAt: number;
  readonly createdBy: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Money received on one of the attempts and not applied. */
export interface SuspenseItem {
  readonly id: string;
  readonly attemptId: string | null;
  readonly providerReference: string;
  /** The reference of ours under which the provider took it, where that is none of its attempt's; null = its attempt's. */
  readonly namedReference: string | null;
  /** The provider's time of the payment (ms); null = it told none. */
  readonly providerPaidAt: number | null;
  readonly amount: bigint;
  readonly accepted: bigint;
  readonly refunded: bigint;
  readonly reversed: bigint;
  /** When the provider took the payment back (ms), even where nothing of it was left here. */
  readonly reversedAt: number | null;
  /** How often a part of it was accepted. */
  readonly acceptances: number;
  /** The finding's code that kept it from the sale. */
  readonly reason: string;
  readonly findingId: string | null;
  /** When it is given back by itself (ms); null = a person decides, or it was done. */
  readonly autoRefundAt: number | null;
}

/** What of an item is neither accepted nor given back nor taken back. */
export const leftOf = (item: SuspenseItem): bigint => item.amount - item.accepted - item.refunded - item.reversed;

/** A transaction with all its attempts, oldest first: what one change reads and writes. */
export interface TransactionAggregate {
  readonly transaction: Transaction;
  readonly attempts: readonly Attempt[];
  readonly suspense: readonly SuspenseItem[];
  readonly refunds: readonly Refund[];
  readonly chargebacks: readonly Chargeback[];
}

const OPEN_STATUSES: ReadonlySet<AttemptStatusCode> = new Set(['100_NEW', '204_SENT', '000_UNKNOWN']);

/** A payment attempt that can still bring money. */
export const isOpen = (attempt: Attempt): boolean =>
  attempt.type === '100_PAYMENT' && OPEN_STATUSES.has(attempt.status);

/** What the source still owes, whatever is being tried at the moment. */
export const dueMinor = (transaction: Transaction): bigint => transaction.total - transaction.paid;

/** What a new attempt may ask for: due, less what open attempts ask for already. */
export const availableMinor = (transaction: Transaction): bigint => {
  const available = dueMinor(transaction) - transaction.openAmount;
  return available > 0n ? available : 0n;
};

/** The newest attempt that can still bring money. */
export const latestOpenAttempt = (aggregate: TransactionAggregate): Attempt | undefined =>
  aggregate.attempts.findLast(isOpen);
