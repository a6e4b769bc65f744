import type { AttemptStatusCode, TransactionStatusCode } from '@nx/contracts';
import type { PaymentMethod, ProviderCode } from '@nx/mq-pay';
import { chargebackOf, type ChargebackJson } from '../chargebacks/chargeback-row';
import { refundOf, type RefundJson } from '../refunds/refund-row';
import type { Attempt, AttemptType, SuspenseItem, TransactionAggregate } from './transaction';

interface AttemptJson {
  id: string;
  uid: string;
  parentId: string | null;
  type: AttemptType;
  provider: ProviderCode;
  method: PaymentMethod;
  credentialId: string | null;
  terminal: string | null;
  amount: string;
  appliedAmount: string;
  reversed: string;
  awaitedReversals: string[];
  refunded: string;
  refundReserved: string;
  tendered: string | null;
  status: AttemptStatusCode;
  reason: string | null;
  providerReference: string | null;
  bankCode: string | null;
  bankReference: string | null;
  providerCreatedAt: string | null;
  providerPaidAt: string | null;
  qrContent: string | null;
  payUrl: string | null;
  expiresAt: string;
  sentAt: string | null;
  finishedAt: string | null;
  nextQueryAt: string | null;
  queryStep: number;
  createLostAt: string | null;
  refundId: string | null;
  refundReference: string | null;
  refundProviderReference: string | null;
  createdAt: string;
  createdBy: string | null;
  metadata: Record<string, unknown>;
}

interface SuspenseJson {
  id: string;
  attemptId: string | null;
  providerReference: string;
  namedReference: string | null;
  providerPaidAt: string | null;
  amount: string;
  accepted: string;
  refunded: string;
  reversed: string;
  reversedAt: string | null;
  acceptances: number;
  reason: string;
  findingId: string | null;
  autoRefundAt: string | null;
}

/** A row of the aggregate statement as the driver gives it: bigint as text, instants as Date. */
export interface AggregateRow {
  id: string;
  uid: string;
  merchant_id: string;
  organizer_id: string | null;
  source_type: string;
  source_id: string;
  source_uid: string;
  total: string;
  paid: string;
  open_amount: string;
  refunded: string;
  refund_reserved: string;
  charged_back: string;
  currency: string;
  status: TransactionStatusCode;
  blocked_from: TransactionStatusCode | null;
  version: string;
  settled_at: Date | null;
  cancelled_at: Date | null;
  created_at: Date;
  metadata: Record<string, unknown>;
  attempts: AttemptJson[];
  suspense: SuspenseJson[];
  refunds: RefundJson[];
  chargebacks: ChargebackJson[];
}

const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));
const amount = (text: string | null): bigint | null => (text === null ? null : BigInt(text));

const attemptOf = (json: AttemptJson, row: AggregateRow): Attempt => ({
  ...json,
  transactionId: row.id,
  merchantId: row.merchant_id,
  amount: BigInt(json.amount),
  appliedAmount: BigInt(json.appliedAmount),
  reversed: BigInt(json.reversed),
  refunded: BigInt(json.refunded),
  refundReserved: BigInt(json.refundReserved),
  tendered: amount(json.tendered),
  providerCreatedAt: instant(json.providerCreatedAt),
  providerPaidAt: instant(json.providerPaidAt),
  expiresAt: Date.parse(json.expiresAt),
  sentAt: instant(json.sentAt),
  finishedAt: instant(json.finishedAt),
  nextQueryAt: instant(json.nextQueryAt),
  createLostAt: instant(json.createLostAt),
  createdAt: Date.parse(json.createdAt),
});

const suspenseOf = (json: SuspenseJson): SuspenseItem => ({
  ...json,
  providerPaidAt: instant(json.providerPaidAt),
  amount: BigInt(json.amount),
  accepted: BigInt(json.accepted),
  refunded: BigInt(json.refunded),
  reversed: BigInt(json.reversed),
  reversedAt: instant(json.reversedAt),
  autoRefundAt: instant(json.autoRefundAt),
});

/** The driver's row as the domain's aggregate. */
export const aggregateOf = (row: AggregateRow): TransactionAggregate => ({
  transaction: {
    id: row.id,
    uid: row.uid,
    merchantId: row.merchant_id,
    organizerId: row.organizer_id,
    sourceType: row.source_type,
    sourceId: row.source_id,
    sourceUid: row.source_uid,
    total: BigInt(row.total),
    paid: BigInt(row.paid),
    openAmount: BigInt(row.open_amount),
    refunded: BigInt(row.refunded),
    refundReserved: BigInt(row.refund_reserved),
    chargedBack: BigInt(row.charged_back),
    currency: row.currency,
    status: row.status,
    blockedFrom: row.blocked_from,
    version: Number(row.version),
    settledAt: row.settled_at?.getTime() ?? null,
    cancelledAt: row.cancelled_at?.getTime() ?? null,
    createdAt: row.created_at.getTime(),
    metadata: row.metadata,
  },
  attempts: row.attempts.map((attempt) => attemptOf(attempt, row)),
  suspense: row.suspense.map(suspenseOf),
  refunds: row.refunds.map(refundOf),
  chargebacks: row.chargebacks.map(chargebackOf),
});
