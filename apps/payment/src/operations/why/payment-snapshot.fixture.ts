import type {
  AttemptSnapshot,
  DeliverySnapshot,
  InvoiceSnapshot,
  PaymentSnapshot,
  RefundSnapshot,
  SuspenseSnapshot,
} from './payment-snapshot';

export const NOW = Date.UTC(2026, 10, 21, 3);
export const MINUTE = 60_000;

export const attempt = (change: Partial<AttemptSnapshot> = {}): AttemptSnapshot => ({
  id: 'a1',
  uid: 'ATT1',
  type: '100_PAYMENT',
  provider: 'VNPAY_QR_MMS',
  status: '204_SENT',
  reason: null,
  amount: 100_000n,
  applied: 0n,
  reversed: 0n,
  providerReference: null,
  paidAt: null,
  expiresAt: NOW + 5 * MINUTE,
  nextQueryAt: NOW + 6 * MINUTE,
  createLostAt: null,
  ...change,
});

export const delivery = (change: Partial<DeliverySnapshot> = {}): DeliverySnapshot => ({
  id: 'd1',
  subscriber: 'sale',
  subscriberActive: true,
  eventType: 'mq-pay:transaction.settled',
  sequence: 2,
  status: 'PENDING',
  tries: 1,
  nextTryAt: NOW + MINUTE,
  lastError: 'status 500',
  death: null,
  ...change,
});

export const invoice = (change: Partial<InvoiceSnapshot> = {}): InvoiceSnapshot => ({
  id: 'i1',
  origin: '000_ORIGIN',
  status: 'PENDING',
  form: '1',
  symbol: 'C26MAA',
  number: null,
  date: null,
  total: 100_000n,
  currency: 'VND',
  issuanceMode: 'REAL_TIME',
  reason: null,
  waitsFor: [],
  dueAt: NOW + MINUTE,
  at: NOW - MINUTE,
  ...change,
});

export const snapshot = (
  change: Partial<Omit<PaymentSnapshot, 'transaction'>> & {
    transaction?: Partial<PaymentSnapshot['transaction']>;
  } = {},
): PaymentSnapshot => ({
  attempts: [],
  operations: [],
  callbacks: [],
  findings: [],
  suspense: [],
  refunds: [],
  chargebacks: [],
  freezes: [],
  deliveries: [],
  waiting: [],
  invoices: [],
  ...change,
  transaction: {
    id: 't1',
    uid: 'TXN1',
    merchantId: 'm1',
    sourceType: 'SaleOrder',
    sourceId: 's1',
    status: '100_NEW',
    blockedFrom: null,
    total: 100_000n,
    paid: 0n,
    openAmount: 0n,
    refunded: 0n,
    refundReserved: 0n,
    chargedBack: 0n,
    currency: 'VND',
    ...change.transaction,
  },
});

export const paid = { status: '304_SETTLED', paid: 100_000n };
export const unknown = { status: '000_UNKNOWN', reason: 'TIMEOUT', expiresAt: NOW - MINUTE };
export const query = (change: object = {}) => ({
  attemptId: 'a1',
  kind: 'QUERY',
  startedAt: NOW - 2 * MINUTE,
  finishedAt: NOW - 2 * MINUTE,
  outcome: 'UNKNOWN',
  providerCode: '94',
  ...change,
});

export const suspended = (change: Partial<SuspenseSnapshot> = {}): SuspenseSnapshot => ({
  id: 's1',
  autoRefundAt: null,
  attemptId: 'a1',
  providerReference: 'Q2',
  amount: 70_000n,
  left: 70_000n,
  reason: 'LATE',
  ...change,
});
export const refund = (change: Partial<RefundSnapshot> = {}): RefundSnapshot => ({
  id: 'r1',
  kind: 'SALE',
  status: 'FAILED',
  amount: 30_000n,
  toBeConfirmed: false,
  tryUid: 'ATT9',
  reason: '91',
  nextLookAt: null,
  ...change,
});
