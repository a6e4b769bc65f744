import { setTimeout as delay } from 'node:timers/promises';
import { eventually, openWire, testInfra, type Wire } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CheckoutAnswer } from '../checkout/checkout.dto';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import {
  BASE,
  checkoutBody,
  now,
  PaymentWorld,
  unique,
  type Answer,
  type AnswerBody,
  type Shop,
} from '../testing/payment-world.fixture';
import { ipnBody, newTrace } from '../testing/vnpay.fixture';

const LONG = process.env['TEST_LONG'] === '1';
const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(Date.now() / 86_400_000));
const SALES = LONG ? 300 : 30;
const AT_ONCE = 6;
vi.setConfig({ testTimeout: LONG ? 600_000 : 120_000 });
const PATIENCE = { timeoutMs: LONG ? 300_000 : 60_000 };

let world: PaymentWorld;
let redis: Wire;
let shop: Shop;
beforeAll(async () => {
  redis = await openWire((await testInfra()).redisUrl);
  world = await PaymentWorld.start({ wired: true, redisUrl: redis.through });
  shop = await world.shop();
});
afterAll(async () => {
  await world.stop();
  await redis.close();
});

/** The same numbers for the same seed: xorshift32. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** What tells a caller to repeat: nobody answered, it still runs, or its outcome is not known yet. */
const isPassing = ({ status, body }: Answer): boolean =>
  [503, 504].includes(status) || (status === 409 && body?.code === 'idempotency.in_progress');
const answers = { repeated: 0, wrong: [] as string[] };
const asked: { path: string; body: object; key: string }[] = [];

const LAPSE = `UPDATE "IdempotencyKey" SET locked_until = now() WHERE key = $1 AND status = 'RUNNING'`;

/** The same request under the same key until it is answered; an answer that nobody may hear is kept. */
function insist(path: string, body: object): Promise<CheckoutAnswer> {
  const key = unique('K');
  asked.push({ path, body, key });
  return eventually(async () => {
    const answer = await world.post<CheckoutAnswer & AnswerBody>(shop, path, body, { 'idempotency-key': key });
    if (answer.status === 200) return answer.body;
    // Nobody else has this key, so nobody works under its lock any more: time goes by, and it lapses.
    if (answer.status === 409) await world.sql(LAPSE, [key]);
    if (isPassing(answer)) answers.repeated += 1;
    else answers.wrong.push(`${path} ${answer.status} ${answer.text}`);
    return undefined;
  }, PATIENCE);
}

/** What a sale has to come to, each effect counted. */
interface Expected {
  readonly status: string;
  readonly paid: number;
  readonly journals: number;
  readonly settled: number;
  readonly cancelled: number;
}
const PAID: Expected = { status: '304_SETTLED', paid: 100_000, journals: 1, settled: 1, cancelled: 0 };
const LEFT: Expected = { status: '505_CANCELLED', paid: 0, journals: 0, settled: 0, cancelled: 1 };

/** Each sells one order and returns what must have become of it. */
const KINDS: readonly ((sourceId: string) => Promise<Expected>)[] = [
  async (sourceId) => {
    const { attempt } = await insist('/payments/checkout', checkoutBody({ sourceId }));
    await insist('/payments/system/ipn', { attempt: { id: attempt.id }, tendered: 100_000 });
    return PAID;
  },
  async (sourceId) => {
    const qr = { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', sourceId };
    const { attempt } = await insist('/payments/checkout', checkoutBody(qr));
    const notice = ipnBody(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() });
    // The vendor comes again until somebody says that it is taken, now or before.
    await eventually(async () => ['00', '03'].includes((await world.ipnRaw(notice)).body.code), PATIENCE);
    return PAID;
  },
  async (sourceId) => {
    const { transaction } = await insist('/payments/checkout', checkoutBody({ sourceId }));
    await insist('/payments/cancel', { transactionId: transaction.id, reason: 'the buyer left' });
    return LEFT;
  },
];

/** Breaks connections of one server or the other, in one way or the other, until it is told to end. */
async function cutUntil(isOver: () => boolean): Promise<number> {
  const below = numbers(SEED);
  const wires = [world.wire, redis].filter((wire) => wire !== undefined);
  let cuts = 0;
  for (; !isOver() || cuts < 10; cuts += 1) {
    await delay(80 + below(250));
    const wire = wires[below(wires.length)];
    const way = below(3);
    if (way === 0) wire?.breakConnections();
    else if (way === 1) wire?.breakMidMessage();
    else {
      wire?.cut();
      await delay(below(200));
      wire?.mend();
    }
  }
  return cuts;
}

const BECAME = `SELECT t.source_id, t.status, t.paid::int AS paid,
    (SELECT count(*)::int FROM "LedgerJournal" j WHERE j.transaction_id = t.id) AS journals,
    (SELECT count(*)::int FROM "Outbox" o WHERE o.aggregate_id = t.id
        AND o.event_type = 'mq-pay:transaction.settled') AS settled,
    (SELECT count(*)::int FROM "Outbox" o WHERE o.aggregate_id = t.id
        AND o.event_type = 'mq-pay:transaction.cancelled') AS cancelled
  FROM "Transaction" t WHERE t.source_id = ANY ($1)`;

describe(`connections to PostgreSQL and Redis that are cut at random (seed ${SEED})`, () => {
  it(`leave each of ${SALES} sales with one effect, and the service ready again without a restart`, async () => {
    const expected = new Map<string, Expected>();
    let next = 0;
    const seller = async (): Promise<void> => {
      while (next < SALES) {
        const sourceId = unique('S');
        const kind = KINDS[next++ % KINDS.length];
        if (kind !== undefined) expected.set(sourceId, await kind(sourceId));
      }
    };
    let isOver = false;
    const selling = Promise.all(Array.from({ length: AT_ONCE }, seller)).finally(() => (isOver = true));
    const [cuts] = await Promise.all([cutUntil(() => isOver), selling]);
    expect(cuts).toBeGreaterThanOrEqual(10);
    expect(answers.wrong).toEqual([]);
    expect(answers.repeated).toBeGreaterThan(0);
    await eventually(async () => (await world.call('GET', `${BASE}/readyz`)).status === 200, PATIENCE);
    await world.processed(shop);
    const rows = await world.sql(BECAME, [[...expected.keys()]]);
    expect(rows).toHaveLength(SALES);
    for (const { source_id: source, ...became } of rows) expect(became).toEqual(expected.get(String(source)));
    await expectBooksInOrder(world);
    // A checkout is remembered in the statement that made it: whatever broke then, again it is a replay.
    for (const { path, body, key } of asked.filter((one) => one.path === '/payments/checkout')) {
      const again = await world.post(shop, path, body, { 'idempotency-key': key });
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    }
  });
});
