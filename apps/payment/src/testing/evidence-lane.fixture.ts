import { AskProvider } from '../transactions/ask-provider';
import { GatewayPeer } from './gateway-peer.fixture';
import { Operator } from './operator.fixture';
import { BASE, now, type PaymentWorld, type Shop } from './payment-world.fixture';
import { newTrace, TestVnpay } from './vnpay.fixture';

/** What an operator can say of an attempt: the payment as it was, that there was none, or a payment nobody else knows. */
export const STATEMENTS = ['approved', 'refused', 'contradicted'] as const;
export type Statement = (typeof STATEMENTS)[number];
/** How something is heard of: a callback, the buyer's return, a person who asks, the schedule, an operator. */
export type Evidence = 'ipn' | 'return' | 'query' | 'expiry' | Statement;

/** What really became of a payment. `paidAtMs` null = the buyer's bank declined it. */
export interface Truth {
  /** đồng. */
  readonly amount: number;
  readonly paidAtMs: number | null;
  /** What the provider says when it is asked; it may lag behind its own callback. */
  readonly asked: 'PAID' | 'DECLINED';
}

export interface LaneSale {
  readonly transactionId: string;
  readonly attemptId: string;
  readonly attemptUid: string;
  readonly payUrl: string;
  readonly reference: string;
  /** What the operator takes another payment for. */
  readonly otherReference: string;
}

/** A merchant with a terminal of its own, at which cases run one after the other. */
export interface EvidenceLane {
  readonly kinds: readonly Evidence[];
  open(): Promise<LaneSale>;
  bring(kind: Evidence, sale: LaneSale, truth: Truth): Promise<void>;
  close(): Promise<void>;
}

const stamp = (ms: number): string => new Date(ms + 7 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14);

const checked = async (answer: Promise<{ status: number; text: string }>): Promise<void> => {
  const { status, text } = await answer;
  if (status !== 200) throw new Error(`${status}: ${text}`);
};

/** The scheduler's look, now: what it is due at is moved there. */
const lookNow = async (world: PaymentWorld, attemptId: string): Promise<void> => {
  await world.sql('UPDATE "PaymentAttempt" SET next_query_at = now() WHERE id = $1 AND next_query_at IS NOT NULL', [
    attemptId,
  ]);
  await world.app.get(AskProvider).look(attemptId);
};

const opened = async (world: PaymentWorld, shop: Shop, change: object): Promise<LaneSale> => {
  const { status, body, text } = await world.checkout(shop, change);
  if (status !== 200) throw new Error(text);
  const { transaction, attempt, payment } = body;
  return {
    transactionId: transaction.id,
    attemptId: attempt.id,
    attemptUid: attempt.uid,
    payUrl: payment.payUrl,
    reference: newTrace(),
    otherReference: newTrace(),
  };
};

const isStatement = (kind: Evidence): kind is Statement => STATEMENTS.some((statement) => statement === kind);

/** An operator says what he has seen, whatever the attempt has come to meanwhile. */
const state = (operator: Operator, kind: Statement, sale: LaneSale, truth: Truth): Promise<void> => {
  const payment = {
    approved: { reference: sale.reference, amount: truth.amount, paidAtMs: truth.paidAtMs },
    contradicted: { reference: sale.otherReference, amount: ASKED_FOR, paidAtMs: null },
  };
  const seen = kind === 'refused' ? undefined : payment[kind];
  const evidence =
    seen === undefined
      ? { description: 'they know of no payment' }
      : { reference: seen.reference, amount: seen.amount, paidAt: new Date(seen.paidAtMs ?? inTime()).toISOString() };
  return checked(
    operator.post(`/transactions/${sale.transactionId}/resolve`, {
      attemptId: sale.attemptId,
      status: seen === undefined ? 'failed' : 'completed',
      evidence: { source: 'provider support', ...evidence },
    }),
  );
};

/** What a checkout asks for, in đồng, and when it was paid for if nobody says otherwise. */
const ASKED_FOR = 100_000;
const inTime = (): number => now() - 15 * 60_000;

async function gatewayLane(world: PaymentWorld): Promise<EvidenceLane> {
  const peer = await GatewayPeer.start();
  const shop = await world.shop(null);
  await peer.connect(world, shop);
  const operator = await Operator.of(world);
  const membersOf = (sale: LaneSale, truth: Truth, paid: boolean): Record<string, string> => ({
    Amount: String(truth.amount * 100),
    TransactionNo: paid ? sale.reference : '0',
    TransactionStatus: paid ? '00' : '02',
    PayDate: paid && truth.paidAtMs !== null ? stamp(truth.paidAtMs) : '',
  });
  const noticeOf = (sale: LaneSale, truth: Truth): string => {
    const paid = truth.paidAtMs !== null;
    const members = { ...membersOf(sale, truth, paid), ResponseCode: paid ? '00' : '51' };
    return peer.notice(
      sale.payUrl,
      Object.fromEntries(Object.entries(members).map(([name, value]) => [`vnp_${name}`, value])),
    );
  };
  return {
    kinds: ['ipn', 'return', 'query', 'expiry'],
    open: () => opened(world, shop, { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY' }),
    bring: async (kind, sale, truth) => {
      peer.answer = () => ({
        Command: 'querydr',
        ResponseCode: '00',
        TransactionType: '01',
        ...membersOf(sale, truth, truth.asked === 'PAID'),
      });
      // The terminal's turn comes round: five minutes have passed since the last question.
      await world.sql('DELETE FROM "QueryLane" WHERE terminal = $1', [peer.tmnCode]);
      if (kind === 'ipn') await checked(world.call('GET', `${BASE}/vnpay/gateway/ipn?${noticeOf(sale, truth)}`));
      if (kind === 'return') await checked(world.call('GET', `${BASE}/vnpay/gateway/return?${noticeOf(sale, truth)}`));
      if (kind === 'query') await checked(world.post(shop, '/payments/verify', { attemptId: sale.attemptId }));
      if (kind === 'expiry') await lookNow(world, sale.attemptId);
      if (isStatement(kind)) await state(operator, kind, sale, truth);
    },
    close: () => peer.stop(),
  };
}

async function qrLane(world: PaymentWorld): Promise<EvidenceLane> {
  const vnpay = await TestVnpay.start();
  const shop = await world.shop(vnpay);
  const operator = await Operator.of(world);
  return {
    kinds: ['ipn', 'query', 'expiry'],
    open: () => opened(world, shop, { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE' }),
    bring: async (kind, sale, truth) => {
      const { amount, paidAtMs, asked } = truth;
      const paid = { amount, qrTrace: sale.reference, paidAtMs: paidAtMs ?? 0 };
      vnpay.paid = paid;
      vnpay.check = asked === 'PAID' ? 'paid' : 'not-found';
      if (kind === 'ipn') {
        const declined = { code: '05', paidAtMs: now() };
        await world.ipn(shop, { txnId: sale.attemptUid, ...paid, ...(paidAtMs === null ? declined : {}) });
      }
      if (kind === 'query') await checked(world.post(shop, '/payments/verify', { attemptId: sale.attemptId }));
      if (kind === 'expiry') await lookNow(world, sale.attemptId);
      if (isStatement(kind)) await state(operator, kind, sale, truth);
    },
    close: () => vnpay.stop(),
  };
}

export const EVIDENCE_LANES: Readonly<Record<string, (world: PaymentWorld) => Promise<EvidenceLane>>> = {
  VNPAY_GATEWAY: gatewayLane,
  VNPAY_QR_MMS: qrLane,
};
