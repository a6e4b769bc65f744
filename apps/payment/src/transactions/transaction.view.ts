import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ATTEMPT_STATUSES,
  REFUND_KINDS,
  REFUND_STATUSES,
  TRANSACTION_STATUSES,
  type AttemptStatusCode,
  type RefundKind,
  type RefundStatusCode,
  type TransactionStatusCode,
} from '@nx/contracts';
import { toSafeNumber } from '@nx/money';
import { dueMinor, type Attempt, type Transaction, type TransactionAggregate } from './transaction';

export class SourceView {
  @ApiProperty({ example: 'SaleOrder' })
  type!: string;
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty({ example: 'SO-000123' })
  uid!: string;
}

export class AttemptView {
  @ApiProperty({ example: 'IQBapalCzZ' })
  id!: string;
  @ApiProperty({ example: 'ATT0A1B2C3D4E5F', description: 'The reference that the provider knows.' })
  uid!: string;
  @ApiProperty()
  transactionId!: string;
  @ApiProperty({ type: String, nullable: true })
  parentId!: string | null;
  @ApiProperty({ enum: ['100_PAYMENT', '200_CANCEL_PAYMENT', '300_REFUND'] })
  type!: string;
  @ApiProperty({ example: 'VNPAY_QR_MMS' })
  provider!: string;
  @ApiProperty({ example: '100_QR_CODE' })
  method!: string;
  @ApiProperty({ enum: ATTEMPT_STATUSES })
  status!: AttemptStatusCode;
  @ApiProperty({ type: String, nullable: true, description: 'Why it ended, or what was noted last.' })
  reason!: string | null;
  @ApiProperty({ example: 100000, description: 'Asked for, in the minor unit (VND has none).' })
  amount!: number;
  @ApiProperty({ example: 100000, description: 'What of it counts for the sale.' })
  appliedAmount!: number;
  @ApiProperty({ example: 0, description: 'What of that the provider took back.' })
  reversedAmount!: number;
  @ApiPropertyOptional({ type: Number, nullable: true, description: 'Handed over at the counter.' })
  tendered!: number | null;
  @ApiProperty({ type: String, nullable: true })
  providerReference!: string | null;
  @ApiProperty({ type: String, nullable: true })
  bankCode!: string | null;
  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  sentAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  paidAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export class TransactionView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty({ example: 'TXN0A1B2C3D4E5F' })
  uid!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: String, nullable: true })
  organizerId!: string | null;
  @ApiProperty({ type: SourceView })
  source!: SourceView;
  @ApiProperty({ example: 100000 })
  total!: number;
  @ApiProperty({ example: 0, description: 'Applied to the sale so far.' })
  paid!: number;
  @ApiProperty({ example: 100000, description: 'Total less paid.' })
  due!: number;
  @ApiProperty({ example: 100000, description: 'What open attempts ask for.' })
  openAmount!: number;
  @ApiProperty({ example: 0 })
  refunded!: number;
  @ApiProperty({ example: 0, description: 'Set aside for refunds that have no end yet.' })
  refundReserved!: number;
  @ApiProperty({ example: 'VND' })
  currency!: string;
  @ApiProperty({ enum: TRANSACTION_STATUSES })
  status!: TransactionStatusCode;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  settledAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  cancelledAt!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata!: Readonly<Record<string, unknown>>;
}

export class RefundSummary {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty({ example: 'RF-000123' })
  clientReference!: string;
  @ApiProperty({ description: 'The paid attempt whose money goes back.' })
  attemptId!: string;
  @ApiProperty({ example: 40000 })
  amount!: number;
  @ApiProperty({ enum: REFUND_STATUSES })
  status!: RefundStatusCode;
  @ApiProperty({ enum: REFUND_KINDS })
  kind!: RefundKind;
}

export class TransactionDetailView extends TransactionView {
  @ApiProperty({ type: [AttemptView] })
  attempts!: AttemptView[];
  @ApiProperty({ type: [RefundSummary] })
  refunds!: RefundSummary[];
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export const attemptView = (attempt: Attempt): AttemptView => ({
  id: attempt.id,
  uid: attempt.uid,
  transactionId: attempt.transactionId,
  parentId: attempt.parentId,
  type: attempt.type,
  provider: attempt.provider,
  method: attempt.method,
  status: attempt.status,
  reason: attempt.reason,
  amount: toSafeNumber(attempt.amount),
  appliedAmount: toSafeNumber(attempt.appliedAmount),
  reversedAmount: toSafeNumber(attempt.reversed),
  tendered: attempt.tendered === null ? null : toSafeNumber(attempt.tendered),
  providerReference: attempt.providerReference,
  bankCode: attempt.bankCode,
  expiresAt: new Date(attempt.expiresAt).toISOString(),
  sentAt: iso(attempt.sentAt),
  paidAt: iso(attempt.providerPaidAt),
  finishedAt: iso(attempt.finishedAt),
  createdAt: new Date(attempt.createdAt).toISOString(),
});

export const transactionView = (transaction: Transaction): TransactionView => ({
  id: transaction.id,
  uid: transaction.uid,
  merchantId: transaction.merchantId,
  organizerId: transaction.organizerId,
  source: { type: transaction.sourceType, id: transaction.sourceId, uid: transaction.sourceUid },
  total: toSafeNumber(transaction.total),
  paid: toSafeNumber(transaction.paid),
  due: toSafeNumber(dueMinor(transaction)),
  openAmount: toSafeNumber(transaction.openAmount),
  refunded: toSafeNumber(transaction.refunded),
  refundReserved: toSafeNumber(transaction.refundReserved),
  currency: transaction.currency,
  status: transaction.status,
  settledAt: iso(transaction.settledAt),
  cancelledAt: iso(transaction.cancelledAt),
  createdAt: new Date(transaction.createdAt).toISOString(),
  metadata: transaction.metadata,
});

export const transactionDetailView = (aggregate: TransactionAggregate): TransactionDetailView => ({
  ...transactionView(aggregate.transaction),
  attempts: aggregate.attempts.map(attemptView),
  refunds: aggregate.refunds.map(({ id, clientReference, attemptId, amount, status, kind }) => ({
    id,
    clientReference,
    attemptId,
    amount: toSafeNumber(amount),
    status,
    kind,
  })),
});
