import { Redis } from 'ioredis';
import { connectStream } from '../../demo/stream.mjs';
import { CostMeter, type Spent } from './cost-meter';
import { callbackPath } from './gateway-attempts';
import { HttpLoad } from './http-load';
import { openPaymentSite, PAYMENT_PATH, type PaymentSite } from './payment-site';

/** What one payment uses of the machine, from the checkout to the push, its webhook and its notification. */
export interface Cost {
  readonly payments: number;
  /** Processor time of one payment in milliseconds, by part. */
  readonly parts: readonly { readonly part: string; readonly milliseconds: number }[];
  /** Bytes that one payment leaves in the database, indexes included, and in its log. */
  readonly databaseBytes: number;
  readonly logBytes: number;
}

export const COST_NAME = 'money cost';

const AT_ONCE = 8;
const SETTLED = 'observation/payment/transaction/settled';
/** What follows a payment (webhooks, notifications, seals) has ended by then. */
const SETTLE_MS = 8_000;
const PATIENCE_MS = 120_000;

/** Payments over the gateway, a few at once: each is checked out, called back, booked, told and pushed. */
export async function measureCost(quick: boolean, log: (line: string) => void): Promise<Cost> {
  const processes = [
    { name: 'payment-worker', service: 'payment', mode: 'worker' },
    { name: 'signal', service: 'signal', mode: 'full' },
  ] as const;
  const site = await openPaymentSite({ processes }, log);
  const redis = new Redis(site.infra.redisUrl);
  const screen = await connectStream(site.urls.stream, site.merchant.staff.cashier.token, {
    rooms: [`payment/merchants/${site.merchant.merchantId}`],
  });
  const load = new HttpLoad(site.api.url, AT_ONCE, () => ({ method: 'GET', path: '/' }), { status: 200, text: '{' });
  let number = 0;
  const pay = async (count: number): Promise<void> => {
    const before = settled(screen.pushes);
    const last = number + count;
    const one = async (): Promise<void> => {
      while (number < last) await payOnce(site, load, (number += 1));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    const deadline = performance.now() + PATIENCE_MS;
    while (settled(screen.pushes) < before + count) {
      if (performance.now() > deadline) throw new Error('not all payments were pushed');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  };
  try {
    const payments = quick ? 200 : 1_000;
    await pay(payments / 2);
    const meter = await CostMeter.open(site.system.processes, redis, site.admin);
    const idle = await idleMs(meter);
    const [bytes, spent] = [await bytesOf(site), await meter.read()];
    const begin = performance.now();
    await pay(payments);
    const seconds = (performance.now() - begin) / 1000;
    const [bytesAfter, spentAfter] = [await bytesOf(site), await meter.read()];
    const parts = [...spentAfter].map(([part, total]) => ({
      part,
      milliseconds: Math.max(0, total - (spent.get(part) ?? 0) - (idle.get(part) ?? 0) * seconds) / payments,
    }));
    return {
      payments,
      parts,
      databaseBytes: (bytesAfter.database - bytes.database) / payments,
      logBytes: (bytesAfter.log - bytes.log) / payments,
    };
  } finally {
    screen.close();
    redis.disconnect();
    await load.close();
    await site.close();
  }
}

const settled = (pushes: readonly { readonly topic: string }[]): number =>
  pushes.filter(({ topic }) => topic === SETTLED).length;

/** What the parts use in a second without payments. */
async function idleMs(meter: CostMeter): Promise<Spent> {
  const before = await meter.read();
  const begin = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const after = await meter.read();
  const seconds = (performance.now() - begin) / 1000;
  return new Map([...after].map(([part, total]) => [part, (total - (before.get(part) ?? 0)) / seconds]));
}

async function payOnce(site: PaymentSite, load: HttpLoad, number: number): Promise<void> {
  const answer = await load.send({
    method: 'POST',
    path: `${PAYMENT_PATH}/payments/checkout`,
    headers: { ...site.cashier, 'idempotency-key': `${site.prefix}-${number}` },
    body: JSON.stringify({
      source: { type: 'SaleOrder', id: `${site.prefix}-${number}`, uid: `SO-${number}` },
      payment: { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY', total: 120_000, currency: 'VND' },
    }),
  });
  const { attempt } = JSON.parse(answer) as { attempt: { uid: string } };
  await load.send({ method: 'GET', path: callbackPath(site, number, attempt.uid) });
}

async function bytesOf({ admin }: PaymentSite): Promise<{ database: number; log: number }> {
  const { rows } = await admin.query<{ database: number; log: number }>(
    `SELECT pg_database_size(current_database())::float8 AS database,
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS log`,
  );
  return rows[0] ?? { database: Number.NaN, log: Number.NaN };
}
