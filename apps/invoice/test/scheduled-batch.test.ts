import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, startInvoice, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf, type Rest } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus, type Merchant } from './sale.fixture';

const ORDERS = 12;

let world: InvoiceWorld;
const running: RunningInvoice[] = [];
async function start(): Promise<RunningInvoice> {
  const service = await startInvoice(world.environment);
  running.push(service);
  return service;
}

beforeAll(async () => {
  world = await openWorld();
}, 120_000);
afterAll(async () => {
  await Promise.all(running.map((service) => service.stop()));
  await world?.close();
});

const configOf = async (owner: Rest, merchant: Merchant): Promise<string> => {
  const { body } = await owner('GET', '/invoice-provider-configs');
  return body.data.find(({ merchantId }) => merchantId === merchant.id)?.id ?? '';
};

it('a schedule is checked by the API, which names the member, and an older client’s time ends a cron', async () => {
  const service = await start();
  const merchant = await connectMerchant(world, service, { mode: 'SCHEDULED' });
  const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
  const path = `/invoice-provider-configs/${await configOf(owner, merchant)}`;
  const change = (body: object) => owner('PATCH', path, body);
  for (const [body, pointer] of [
    [{ scheduleCron: '0 0 30 2 *' }, '/scheduleCron'],
    [{ scheduleCron: '@daily now' }, '/scheduleCron'],
    [{ scheduleCron: '0 21 * * *', scheduleTime: '21:00' }, '/scheduleCron'],
    [{ scheduleCron: '0 21 * * *', scheduleTimeZone: 'Asia/Nowhere' }, '/scheduleTimeZone'],
  ] as const) {
    expect(await change(body)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  }
  const set = { scheduleCron: '*/30 9-22 * * 1-6', scheduleTimeZone: 'Asia/Tokyo' };
  expect(await change(set)).toMatchObject({ status: 200, body: { ...set, scheduleTime: '21:00' } });
  expect((await change({ name: 'Quầy 2' })).body).toMatchObject(set);
  expect((await change({ scheduleTime: '20:15' })).body).toMatchObject({
    scheduleTime: '20:15',
    scheduleCron: null,
    scheduleTimeZone: 'Asia/Tokyo',
  });
});

it(
  'a batch whose time passed while nobody worked goes once, by whichever of two workers',
  { timeout: 60_000 },
  async () => {
    const [first] = running;
    if (first === undefined) throw new Error('nothing runs');
    const merchant = await connectMerchant(world, first, { mode: 'SCHEDULED' });
    // A series of which the law wants the invoice by the end of the next working day: time enough at any hour.
    await world.sql.query(
      `UPDATE "InvoiceProviderConfig" SET serial = replace(serial, 'M', 'T'), category = 'VAT',
       schedule_settings = '{"time": "21:00", "cron": "30 2 * * *", "timeZone": "America/New_York"}' WHERE merchant_id = $1`,
      [merchant.id],
    );
    const orders = Array.from({ length: ORDERS }, () => orderOf(merchant));
    for (const order of orders) await produce(world, order);
    for (const order of orders) await untilStatus(world, order.id, 'PENDING');
    const { rows } = await world.sql.query(
      `SELECT DISTINCT to_char(due_at AT TIME ZONE 'America/New_York', 'HH24:MI:SS') AS at,
       due_at > created_at AND due_at <= created_at + interval '25 hours' AS next FROM "Invoice" WHERE merchant_id = $1`,
      [merchant.id],
    );
    expect(rows).toEqual([{ at: '02:30:00', next: true }]);
    expect(await issuedAt(world, merchant)).toEqual([]);
    await running.pop()?.stop();
    const redis = new Redis(world.redis.url);
    await redis.flushall();
    await redis.quit();
    await world.sql.query(`UPDATE "Invoice" SET due_at = now() - interval '3 hours' WHERE merchant_id = $1`, [
      merchant.id,
    ]);
    await Promise.all([start(), start()]);
    for (const order of orders) await untilStatus(world, order.id, 'SUCCESS', 40_000);
    expect(await issuedAt(world, merchant)).toHaveLength(ORDERS);
    const calls = await world.sql.query(`SELECT 1 FROM "InvoiceIssuance" WHERE merchant_id = $1 AND kind = 'ISSUE'`, [
      merchant.id,
    ]);
    expect(calls.rows).toHaveLength(ORDERS);
  },
);
