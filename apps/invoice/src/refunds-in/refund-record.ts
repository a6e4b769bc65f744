import { REFUND_KINDS } from '@nx/contracts';
import { RecordError } from '@nx/messaging';

/** Money that went back for a sale, as `payment.events` tells it. */
export interface RefundNews {
  readonly refundId: string;
  readonly merchantId: string;
  readonly sourceId: string;
  readonly transactionId: string;
  /** Whole đồng. */
  readonly amount: number;
  readonly currency: string;
  readonly refundedAt: Date;
}

const REFUND_SUCCESS = 'mq-pay:refund.success';

const wrong = (what: string): RecordError => new RecordError(`payment.events: ${what}`, { retryable: false });

function members(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${name} is no object`);
  return value as Record<string, unknown>;
}

function id(value: unknown, name: string): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(value)) throw wrong(`${name} is no id`);
  return value;
}

/**
 * A refund of a sale that has succeeded; null for every other event, and for money that never counted for a sale.
 * Members that we do not know are ignored. Throws a RecordError for a record that is none of payment's.
 */
export function readRefund(value: unknown): RefundNews | null {
  if (value === null) return null;
  const record = members(value, 'the record');
  if (typeof record['eventType'] !== 'string') throw wrong('eventType is no text');
  if (record['eventType'] !== REFUND_SUCCESS) return null;
  const payload = members(record['payload'], 'payload');
  const refund = members(payload['refund'], 'payload.refund');
  const kind = refund['kind'];
  if (!REFUND_KINDS.some((known) => known === kind)) throw wrong('payload.refund.kind is not known');
  if (kind !== 'SALE') return null;
  const transaction = members(payload['transaction'], 'payload.transaction');
  const amount = Number(refund['amount']);
  if (!Number.isSafeInteger(amount) || amount <= 0) throw wrong('payload.refund.amount is no amount');
  const refundedAt = new Date(typeof record['occurredAt'] === 'string' ? record['occurredAt'] : Number.NaN);
  if (Number.isNaN(refundedAt.getTime())) throw wrong('occurredAt is no instant');
  const currency = transaction['currency'];
  return {
    refundId: id(refund['id'], 'payload.refund.id'),
    merchantId: id(payload['merchantId'], 'payload.merchantId'),
    sourceId: id(transaction['sourceId'], 'payload.transaction.sourceId'),
    transactionId: id(transaction['id'], 'payload.transaction.id'),
    amount,
    currency: typeof currency === 'string' ? currency.slice(0, 3) : 'VND',
    refundedAt,
  };
}
