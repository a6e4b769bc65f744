import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openSandbox, type Answer, type Harness } from '../testing/harness';
import { taxInside, type Order } from './order';
import type { OrderFile } from './sale';

const open: Harness[] = [];
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.close();
});

async function start(): Promise<{ harness: Harness; order: Order }> {
  const harness = openSandbox();
  open.push(harness);
  await harness.call('PUT', '/sale/webhook-secret', { secrets: ['old', 'new'] });
  const made = await harness.call('POST', '/sale/orders', {
    merchantId: 'm1',
    organizerId: 'o1',
    saleChannelId: 'c1',
    items: [
      { name: 'Cà phê', quantity: 2, unitPrice: '45000', taxRate: 8 },
      { name: 'Bánh', quantity: '0.5', unitPrice: '36000.5', discount: 1000, taxRate: 8 },
    ],
  });
  return { harness, order: made.body['order'] as Order };
}

function event(
  order: Order,
  eventType: string,
  change: { attempt?: object; transaction?: object } = {},
): Record<string, unknown> {
  const timestamp = Date.now();
  return {
    eventType,
    timestamp,
    payload: {
      timestamp: new Date(timestamp).toISOString(),
      source: 'payment',
      transaction: {
        id: 't1',
        uid: 'TXN1',
        status: '304_SETTLED',
        total: order.total,
        paid: order.total,
        sourceType: 'SaleOrder',
        sourceId: order.id,
        metadata: {},
        ...change.transaction,
      },
      attempt: {
        id: 'a1',
        uid: 'ATT1',
        status: '302_SUCCESS',
        amount: order.total,
        paymentProvider: 'VNPAY_QR_MMS',
        method: '100_QR_CODE',
        metadata: { source: { id: order.id, uid: order.number, type: 'SaleOrder' } },
        ...change.attempt,
      },
    },
  };
}

async function deliver(
  harness: Harness,
  body: Record<string, unknown>,
  change: { secret?: string; timestamp?: string; sequence?: string; raw?: string; type?: string } = {},
): Promise<Answer> {
  const raw = change.raw ?? JSON.stringify(body);
  const timestamp = change.timestamp ?? String(Date.now());
  const type = change.type ?? String(body['eventType']);
  return harness.call('POST', '/v1/api/sale/webhooks/payment', raw, {
    'content-type': 'application/json',
    'x-webhook-event-type': type,
    'x-webhook-timestamp': timestamp,
    'x-webhook-sequence': change.sequence ?? '1',
    'x-webhook-signature': createHmac('sha256', change.secret ?? 'new')
      .update(`${timestamp}|${type}|${raw}`)
      .digest('hex'),
  });
}

const fileOf = async (harness: Harness, order: Order): Promise<OrderFile> =>
  (await harness.call('GET', `/sale/orders/${order.id}`)).body as unknown as OrderFile;

describe('sale', () => {
  it('makes orders whose sums are exact', async () => {
    const { order } = await start();
    expect(order.items.map(({ total }) => total)).toEqual([90000, 17000]);
    expect(order).toMatchObject({ subtotal: 108000, discount: 1000, total: 107000, status: '203_PROCESSING' });
    expect(order.items.map(({ tax }) => tax)).toEqual([90000 - 83333, 17000 - 15741]);
  });

  it('splits a price with tax inside so that the parts add up, within half a dong of the exact tax', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), fc.constantFrom(0, 5, 8, 10), (gross, rate) => {
        const tax = taxInside(gross, rate);
        expect(Math.abs((gross - tax) * (100 + rate) - gross * 100) * 2).toBeLessThanOrEqual(100 + rate);
      }),
    );
  });

  it('completes a settled order and says payment.success once, however often it is told', async () => {
    const { harness, order } = await start();
    expect((await deliver(harness, event(order, 'mq-pay:attempt.success'))).body['outcome']).toBe('applied');
    expect(
      (await deliver(harness, event(order, 'mq-pay:transaction.settled'), { sequence: '2', secret: 'old' })).body[
        'outcome'
      ],
    ).toBe('applied');
    expect(
      (await deliver(harness, event(order, 'mq-pay:transaction.settled'), { sequence: '2' })).body['outcome'],
    ).toBe('repeated');
    const file = await fileOf(harness, order);
    expect(file.order.status).toBe('303_COMPLETED');
    expect(file.findings).toEqual([]);
    const records = file.events.map(({ value }) => value);
    expect(records.at(-1)).toMatchObject({
      order: {
        id: order.id,
        status: '303_COMPLETED',
        total: '107000.0000',
        items: [{ unitPrice: '45000.0000' }, { unitPrice: '36000.5000', quantity: '0.5000' }],
      },
      payment: { isFullyPaid: true, paid: '107000.0000', attempt: { uid: 'ATT1', amount: '107000.0000' } },
    });
    expect(records.filter((value) => (value as { order: Order }).order.status === '303_COMPLETED')).toHaveLength(1);
    expect(file.webhooks.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'repeated']);
  });

  it('becomes partial by a part, in the older shape where told', async () => {
    const { harness, order } = await start();
    await harness.call('PUT', '/sale/settings', { shape: 'older', money: 'number' });
    const second = (
      await harness.call('POST', '/sale/orders', {
        merchantId: 'm',
        items: [{ name: 'x', quantity: 1, unitPrice: 100000 }],
      })
    ).body['order'] as Order;
    await deliver(
      harness,
      event(second, 'mq-pay:attempt.success', { attempt: { amount: 60000, appliedAmount: 40000 } }),
    );
    const file = await fileOf(harness, second);
    expect(file.order.status).toBe('300_PARTIAL');
    expect(file.events.map(({ value }) => value)).toMatchObject([
      { saleOrderId: second.id, saleOrderStatus: '300_PARTIAL', payment: { paid: 40000, isFullyPaid: false } },
    ]);
    expect((await fileOf(harness, order)).events).toEqual([]);
  });

  it('notes a gap in the sequence and a total that is not the order’s', async () => {
    const { harness, order } = await start();
    await deliver(harness, event(order, 'mq-pay:attempt.success'), { sequence: '1' });
    await deliver(harness, event(order, 'mq-pay:transaction.settled', { transaction: { total: 1, paid: 1 } }), {
      sequence: '5',
    });
    const { findings } = await fileOf(harness, order);
    expect(findings.join('; ')).toMatch(/total 1.*sequence 5 after 1/);
  });

  it.each([
    ['another secret', { secret: 'guess' }],
    ['an old timestamp', { timestamp: String(Date.now() - 301_000) }],
    ['seconds', { timestamp: String(Math.floor(Date.now() / 1000)) }],
  ])('refuses %s with 401', async (_what, change) => {
    const { harness, order } = await start();
    expect((await deliver(harness, event(order, 'mq-pay:transaction.settled'), change)).status).toBe(401);
    expect((await fileOf(harness, order)).webhooks).toEqual([]);
    expect((await harness.call('GET', '/sale/webhooks')).body['rejects']).toHaveLength(1);
  });

  it.each([
    ['an amount with a fraction', { attempt: { amount: 1.5 } }, {}],
    ['an unknown status', { attempt: { status: 'PAID' } }, {}],
    ['a status that is not the event’s', { attempt: { status: '500_FAIL' } }, {}],
    ['no source', { attempt: { metadata: {} } }, {}],
    ['no transaction metadata', { transaction: { metadata: undefined } }, {}],
    ['another event in the header', {}, { type: 'mq-pay:attempt.failed' }],
  ])('refuses a signed body with %s', async (_what, change, headers) => {
    const { harness, order } = await start();
    expect((await deliver(harness, event(order, 'mq-pay:attempt.success', change), headers)).status).toBe(422);
    expect((await fileOf(harness, order)).order.status).toBe('203_PROCESSING');
  });

  it('is down, or answers a status, when told', async () => {
    const { harness, order } = await start();
    await harness.call('POST', '/sale/subscriber', { mode: 'status', status: 429, retryAfter: 7 });
    const told = await deliver(harness, event(order, 'mq-pay:transaction.settled'));
    expect([told.status, told.headers['retry-after']]).toEqual([429, '7']);
    const url = await harness.app.listen({ port: 0, host: '127.0.0.1' });
    await harness.call('POST', '/sale/subscriber', { mode: 'down' });
    await expect(fetch(`${url}/v1/api/sale/webhooks/payment`, { method: 'POST' })).rejects.toThrow();
    await harness.call('POST', '/sale/subscriber', { mode: 'up' });
    expect((await deliver(harness, event(order, 'mq-pay:transaction.settled'))).status).toBe(200);
  });

  it('shows an order to a bearer of identity’s token only', async () => {
    const { harness, order } = await start();
    const path = `/v1/api/sale/orders/${order.id}`;
    expect((await harness.call('GET', path)).status).toBe(401);
    const { token } = (await harness.call('POST', '/identity/tokens', { persona: 'service' })).body as {
      token: string;
    };
    const bearer = { authorization: `Bearer ${token}` };
    expect((await harness.call('GET', path, undefined, bearer)).body).toMatchObject({
      id: order.id,
      total: '107000.0000',
    });
    expect((await harness.call('GET', '/v1/api/sale/orders/none', undefined, bearer)).status).toBe(404);
    expect((await harness.call('GET', path, undefined, { authorization: `Bearer ${token}x` })).status).toBe(401);
  });
});
