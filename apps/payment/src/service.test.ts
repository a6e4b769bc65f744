import { ROLES, type ActivityNotification, type EventEnvelope, type PaymentEventPayload } from '@nx/contracts';
import { eventually } from '@nx/testing';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE, checkoutBody, PaymentWorld, type Answer, type Shop } from './testing/payment-world.fixture';

let world: PaymentWorld;
let shop: Shop;
beforeAll(async () => {
  world = await PaymentWorld.start();
  shop = await world.shop();
});
afterAll(() => world.stop());

const pay = async (): Promise<{ transactionId: string; attemptId: string }> => {
  const { body } = await world.checkout(shop);
  await world.post(shop, '/payments/system/ipn', { attempt: { id: body.attempt.id }, tendered: 100_000 });
  return { transactionId: body.transaction.id, attemptId: body.attempt.id };
};

describe('what comes from outside', () => {
  const field = (path: string, value: unknown): unknown => {
    const body = checkoutBody();
    const names = path.split('.');
    const last = names.pop() ?? '';
    const target = names.reduce<Record<string, unknown>>(
      (at, name) => (at[name] ??= {}) as Record<string, unknown>,
      body,
    );
    target[last] = value;
    return body;
  };

  it.each([
    ['source', null],
    ['source.type', '1abc'],
    ['source.type', 'x'.repeat(65)],
    ['source.id', ''],
    ['source.id', 'a b'],
    ['source.id', 'x'.repeat(65)],
    ['source.id', 5],
    ['source.uid', ''],
    ['source.uid', 'x'.repeat(65)],
    ['source.uid', 'NUL\u0000'],
    ['source.uid', 'half \ud800'],
    ['source.other', 1],
    ['payment.provider', ''],
    ['payment.provider', 'NOBODY'],
    ['payment.provider', 'VNPAY_SMART_POS'],
    ['payment.method', '300_GATEWAY'],
    ['payment.method', null],
    ['payment.total', 0],
    ['payment.total', -1],
    ['payment.total', 1.5],
    ['payment.total', '100'],
    ['payment.total', 9_007_199_254_740_992],
    ['payment.amount', 0],
    ['payment.amount', null],
    ['payment.amount', 100_001],
    ['payment.currency', 'USD'],
    ['payment.currency', 'vnd'],
    ['payment.currency', ['VND']],
    ['expiration', null],
    ['expiration.mode', 'date'],
    ['expiration.milliseconds', 59_999],
    ['expiration.milliseconds', 86_400_001],
    ['transactionId', null],
    ['transactionId', 'a/b'],
    ['metadata', null],
    ['metadata', 'text'],
    ['metadata', { text: 'x'.repeat(5000) }],
    ['metadata.deep', { nul: '\u0000' }],
    ['metadata.note', 'card 4111 1111 1111 1111'],
    ['unknown', true],
  ])('is refused at %s = %j with its pointer', async (path, value) => {
    const answer = await world.post(shop, '/payments/checkout', field(path, value));
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const pointer = `/${path.replaceAll('.', '/')}`;
    const pointers = answer.body.errors.map(({ pointer }) => pointer);
    expect(pointers.some((found: string) => found.startsWith(pointer))).toBe(true);
  });

  it.each([
    ['/payments/system/ipn', { attempt: { id: 'x' }, tendered: 1, note: 'x'.repeat(501) }, '/note'],
    ['/payments/system/ipn', { attempt: { id: 'x' }, tendered: 0 }, '/tendered'],
    ['/payments/system/ipn', { attempt: {}, tendered: 1 }, '/attempt/id'],
    ['/payments/system/ipn', { attempt: { id: 'x' }, tendered: 1, bankReference: 'a b' }, '/bankReference'],
    ['/payments/system/ipn', { attempt: { id: 'x' }, tendered: 1, note: '4111-1111-1111-1111' }, '/note'],
    ['/payments/cancel', { transactionId: 'x', reason: 'card 4111111111111111' }, '/reason'],
    ['/payments/cancel', { transactionId: 'x', reason: '' }, '/reason'],
    ['/payments/cancel', { transactionId: 'x', attemptId: 'y', reason: 'both' }, '/attemptId'],
    ['/payments/cancel', { reason: 'none' }, '/attemptId'],
    ['/payments/cancel', { transactionId: 'x', attemptId: null, reason: 'null' }, '/attemptId'],
    ['/payments/verify', { attemptId: '' }, '/attemptId'],
  ])('is refused at %s: %j', async (path, body, pointer) => {
    const answer = await world.post(shop, path, body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });

  const send = (body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    world.call('POST', `${BASE}/payments/checkout`, { token: shop.token, body, headers });

  it('is refused when it is too large, of another type, malformed or a bomb', async () => {
    const big = await send(JSON.stringify({ ...checkoutBody(), metadata: { text: 'x'.repeat(3_000_000) } }));
    expect(big).toMatchObject({ status: 413, body: { code: expect.stringContaining('request.') } });
    expect((await send('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    for (const malformed of ['{', '{"a":1,}', '"']) expect((await send(malformed)).status).toBe(400);
    expect((await send(`{"metadata":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)).status).toBe(400);
    expect((await send('{"__proto__":{"x":1}}')).status).toBe(400);
    const key = await world.post(shop, '/payments/checkout', checkoutBody(), { 'idempotency-key': 'x'.repeat(256) });
    expect(key).toMatchObject({ status: 400, body: { code: 'idempotency.key_invalid' } });
  });

  it('is not found, not broken, when an id is strange', async () => {
    for (const id of ['%00', 'a%2Fb', "'%20OR%201=1", 'x'.repeat(200), '%ED%A0%80']) {
      expect([404, 422, 400], id).toContain((await world.get(shop, `/transactions/${id}`)).status);
      expect([404, 422, 400], id).toContain((await world.get(shop, `/configurations/${id}`)).status);
    }
    const queries = ['status=PAID', 'limit=201', 'cursor=x', `sourceId=${'x'.repeat(65)}`, 'other=1', 'sourceId=%00'];
    for (const query of queries) expect((await world.get(shop, `/transactions?${query}`)).status, query).toBe(422);
  });

  it('needs a token, a permission and a merchant', async () => {
    const attempt = (token?: string) =>
      world.call('POST', `${BASE}/payments/checkout`, {
        body: JSON.stringify(checkoutBody()),
        ...(token === undefined ? {} : { token }),
      });
    expect((await attempt()).status).toBe(401);
    expect((await attempt(await world.token({ merchantIds: ['m1'], role: ROLES.guest }))).status).toBe(403);
    expect((await attempt(await world.token({ merchantIds: ['m1', 'm2'] }))).body.code).toBe('auth.merchant_required');
  });
});

describe('lists', () => {
  it('give pages, newest first, filtered and of one merchant', async () => {
    const seller = await world.shop(null);
    const made: string[] = [];
    for (let index = 0; index < 3; index += 1) made.unshift((await world.checkout(seller)).body.transaction.id);
    const first = await world.get(seller, '/transactions?limit=2');
    const second = await world.get(seller, `/transactions?limit=2&cursor=${first.body.nextCursor}`);
    expect([...first.body.data, ...second.body.data].map((row: { id: string }) => row.id)).toEqual(made);
    expect(second.body.nextCursor).toBeNull();
    expect((await world.get(seller, '/transactions?status=304_SETTLED')).body.data).toEqual([]);
    expect((await world.get(seller, '/transactions?sourceType=SaleOrder&status=100_NEW')).body.data).toHaveLength(3);
  });
});

describe('events', () => {
  it('reach Kafka in order, keyed by transaction, with their ids', async () => {
    const { transactionId } = await pay();
    const kafka = new Kafka({ clientId: 'test', brokers: [...world.config.kafka.brokers], logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: `${world.config.kafka.topicPrefix}-test`, sessionTimeout: 10_000 });
    const topics = ['payment.events', 'signal.activity-notification'].map(
      (topic) => `${world.config.kafka.topicPrefix}.${topic}`,
    );
    const seen: {
      topic: string;
      key: string;
      headers: Record<string, string>;
      value: EventEnvelope<PaymentEventPayload> & ActivityNotification;
    }[] = [];
    try {
      await consumer.connect();
      await consumer.subscribe({ topics, fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ topic, message }) => {
          const headers = Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
          );
          seen.push({ topic, key: String(message.key), headers, value: JSON.parse(String(message.value)) });
        },
      });
      const own = await eventually(
        () => {
          const events = seen.filter((event) => event.key === transactionId);
          const told = seen.some(
            (event) => event.topic === topics[1] && event.value.data?.transactionId === transactionId,
          );
          return events.length >= 5 && told ? events : undefined;
        },
        { timeoutMs: 25_000 },
      );
      expect(own.map((event) => event.value.eventType)).toEqual([
        'mq-pay:transaction.created',
        'mq-pay:attempt.created',
        'mq-pay:attempt.sent',
        'mq-pay:attempt.success',
        'mq-pay:transaction.settled',
      ]);
      for (const event of own) {
        expect(event.headers['x-event-id']).toBe(event.value.eventId);
        expect(event.headers['x-request-id']).toBeTruthy();
        expect(event.value).toMatchObject({
          version: 1,
          payload: { source: 'mq-pay', transaction: { id: transactionId } },
        });
      }
      const notification = seen.find((event) => event.topic === topics[1]);
      expect(notification).toMatchObject({
        key: shop.merchantId,
        value: { eventType: 'PAYMENT_SUCCESS', recipientScope: 'merchant' },
      });
      expect(notification?.headers['x-event-id']).toBe(notification?.value.eventId);
    } finally {
      await consumer.disconnect();
    }
  });
});

describe('the database', () => {
  it("runs the operators' SQL under the service's role, and hides secrets from the operator", async () => {
    await world.runtime.query(
      `SELECT id, name, url, event_types, status FROM "WebhookConfig" WHERE deleted_at IS NULL;`,
    );
    const connections = await world.runtime.query(
      `SELECT id, code, principal_type, principal_id, environment FROM "Configuration" WHERE "group" = '200_INTEGRATION';`,
    );
    expect(connections.rows.length).toBeGreaterThan(0);
    const operator = new pg.Client({ connectionString: world.database.urlFor('operator') });
    await operator.connect();
    try {
      await operator.query('SELECT id, status, paid FROM mq_pay."Transaction"');
      await operator.query('SELECT id, code, status FROM payment."Configuration"');
      const hidden = [
        'credential FROM payment."Configuration"',
        'previous_credential FROM payment."Configuration"',
        't_value FROM payment."Configuration"',
        'secret FROM payment."WebhookConfig"',
        'response_sealed FROM mq_pay."ProviderOperation"',
        'body_sealed FROM mq_pay."IpnInbox"',
      ];
      for (const column of hidden)
        await expect(operator.query(`SELECT ${column}`), column).rejects.toThrow('permission denied');
      await expect(operator.query(`UPDATE mq_pay."Transaction" SET paid = 0`)).rejects.toThrow(
        /permission denied|read-only/,
      );
    } finally {
      await operator.end();
    }
  });

  it('keeps the ledger and the audit as they were written, whoever asks', async () => {
    await pay();
    const owner = new pg.Client({ connectionString: world.database.urlFor('owner') });
    await owner.connect();
    try {
      for (const table of ['mq_pay."LedgerJournal"', 'mq_pay."LedgerEntry"', 'payment."AuditTrail"']) {
        for (const client of [world.runtime, owner, world.admin]) {
          for (const change of [
            `UPDATE ${table} SET created_at = now()`,
            `DELETE FROM ${table}`,
            `TRUNCATE ${table} CASCADE`,
          ]) {
            await expect(client.query(change), change).rejects.toThrow(/permission denied|refused/);
          }
        }
      }
      const [entry] = await world.sql('SELECT journal_id, account_id FROM "LedgerEntry" LIMIT 1');
      const unbalanced = world.runtime.query(
        `INSERT INTO "LedgerEntry" (journal_id, line, account_id, side, amount, currency, created_at) VALUES ('j', 0, $1, 'DEBIT', 5, 'VND', now())`,
        [entry?.['account_id']],
      );
      await expect(unbalanced).rejects.toThrow('does not balance');
    } finally {
      await owner.end();
    }
  });
});

describe('the dashboard of queues', () => {
  const board = (headers: Record<string, string>, token?: string, path = '') =>
    world.call('GET', `/internal/api/queues${path}`, { headers, ...(token === undefined ? {} : { token }) });
  const OUTSIDE = { 'x-forwarded-for': '203.0.113.7' };

  it('opens to the machine itself and to operators, and to nobody else', async () => {
    expect((await board({})).status).toBe(200);
    expect((await board(OUTSIDE)).status).toBe(403);
    expect((await board(OUTSIDE, shop.token, '/api/queues')).status).toBe(403);
    expect((await board(OUTSIDE, 'nonsense')).status).toBe(403);
    const operator = await world.token({ role: ROLES.operator });
    const queues = await board(OUTSIDE, operator, '/api/queues');
    expect(queues.status).toBe(200);
    expect(queues.body.queues.map(({ name }) => name)).toContain('@nx/payment/queue/confirmation');
  });
});

describe('metrics', () => {
  it('count what became of payments, and how long checkouts took', async () => {
    const { Metrics } = await import('@nx/observability');
    const metrics = world.app.get(Metrics);
    const values = async (): Promise<number[]> => {
      const text = await metrics.render();
      const valueOf = (name: string, ...labels: string[]): number => {
        const among = labels.map((label) => `(?=[^}]*${label})`).join('');
        return Number(new RegExp(`^${name}\\{${among}[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
      };
      return [
        valueOf('payment_events_total', 'event="attempt.created"', 'provider="SYSTEM"'),
        valueOf('payment_events_total', 'event="transaction.settled"', 'provider="none"'),
        valueOf('payment_processing_seconds_count', 'provider="SYSTEM"', 'outcome="answered"'),
      ];
    };
    const before = await values();
    await world.checkout(shop);
    await pay();
    const after = await values();
    expect(after.map((value, index) => value - (before[index] ?? 0))).toEqual([2, 1, 2]);
  });

  it('tell what waits and for how long', async () => {
    const { Metrics } = await import('@nx/observability');
    const text = await world.app.get(Metrics).render();
    for (const name of [
      'payment_unknown_outcomes',
      'payment_ipn_pending',
      'payment_webhooks_pending',
      'payment_findings_open',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}(\\{.*\\})? \\d`, 'm'));
      expect(text).toMatch(new RegExp(`^${name}_age_seconds(\\{.*\\})? \\d`, 'm'));
    }
  });
});
