import { WEBHOOK_EVENT_TYPES } from '@nx/contracts';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operator } from '../testing/operator.fixture';
import { BASE, unique, type Answer } from '../testing/payment-world.fixture';
import { RefundWorld } from '../testing/refund-world.fixture';

/** A service whose way to PostgreSQL breaks where the test says. */
let world: RefundWorld;
let maker: Operator;
let checker: Operator;
beforeAll(async () => {
  // So long the server is asked what became of a commit, and then nobody knows.
  world = await RefundWorld.start(
    'api',
    { APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '2000', APP_ENV_OPERATOR_LIMIT_MINOR: '100000' },
    true,
  );
  [maker, checker] = await Promise.all([Operator.of(world.payment), Operator.of(world.payment)]);
});
afterAll(() => world.stop());

interface Case {
  readonly token: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  /** Another body for the same key. */
  readonly other: Record<string, unknown>;
  /** Counts the effects of this case. */
  readonly effects: [string, unknown[]];
}

const configuration = async (): Promise<Case> => {
  const shop = await world.payment.shop(null);
  const body = { code: 'PAYMENT_SETTINGS', tValue: { refundLimitMinor: 30_000 } };
  return {
    token: shop.token,
    path: '/configurations',
    body,
    other: { ...body, tValue: { refundLimitMinor: 30_001 } },
    effects: [`"Configuration" WHERE principal_id = $1`, [shop.merchantId]],
  };
};

const freeze = async (): Promise<Case> => {
  const body = { operation: 'REFUND', scopeType: 'merchant', scopeValue: unique('M'), reason: 'a test', ticket: 'T-1' };
  return {
    token: maker.token,
    path: '/operations/freezes',
    body,
    other: { ...body, reason: 'another' },
    effects: [`"OperationalFreeze" WHERE scope_value = $1`, [body.scopeValue]],
  };
};

const approval = async (): Promise<Case> => {
  const shop = await world.payment.shop(null);
  const limit = { code: 'PAYMENT_SETTINGS', tValue: { refundLimitMinor: 30_000 } };
  await world.payment.post(shop, '/configurations', limit);
  const asked = await world.refund(await world.cashSale(shop), { refundToOriginalMethod: true });
  expect(asked.status).toBe(202);
  return {
    token: checker.token,
    path: `/operations/approvals/${asked.body.approvalId}/approve`,
    body: { reason: 'looked at it' },
    other: { reason: 'another' },
    effects: [`"AuditTrail" WHERE action = 'approval.approve' AND entity_id = $1`, [asked.body.approvalId]],
  };
};

const suspense = async (): Promise<Case> => {
  const { shop, attemptUid } = await world.qrSale();
  await world.paid(shop, attemptUid);
  const { body } = await maker.get(`/suspense?merchantId=${shop.merchantId}`);
  return {
    token: maker.token,
    path: `/operations/suspense/${body.data[0]?.id}/refund`,
    body: { reason: 'paid twice' },
    other: { reason: 'another' },
    effects: [`"Refund" WHERE suspense_item_id = $1`, [body.data[0]?.id]],
  };
};

const CASES = [
  ['a configuration', configuration, 201],
  ['a freeze', freeze, 201],
  ['an approval', approval, 200],
  ['a refund of money in suspense', suspense, 200],
] as const;

const send = ({ token, path }: Case, body: object, key: string): Promise<Answer> =>
  world.payment.call('POST', `${BASE}${path}`, {
    token,
    body: JSON.stringify(body),
    headers: { 'idempotency-key': key },
  });

/** As a caller does it: what was not answered is sent again. Connections that were cut are made anew meanwhile. */
const answered = (made: Case, body: object, key: string): Promise<Answer> =>
  eventually(async () => {
    const answer = await send(made, body, key);
    return answer.status === 503 ? undefined : answer;
  });

const effectsOf = async ({ effects: [from, values] }: Case): Promise<number> =>
  Number((await world.payment.sql(`SELECT count(*) AS n FROM ${from}`, values))[0]?.['n']);

describe.each(CASES)('%s under one key', (_what, prepare, status) => {
  it('is made once when nobody knows what became of its COMMIT, and the retry has the answer', async () => {
    const { wire } = world.payment;
    if (wire === undefined) throw new Error('the world has no wire');
    const made = await eventually(prepare);
    const key = unique('key');
    const sprung = wire.trap({ text: 'INSERT INTO "AuditTrail"', atCommit: true, when: 'after', thenCut: true });
    // A request that finds no connection after the cut before it is refused before it has begun anything.
    const lost = await eventually(async () => {
      const answer = await send(made, made.body, key);
      return sprung() > 0 ? answer : undefined;
    }).finally(() => wire.mend());
    expect([sprung(), lost.status, lost.body.code]).toEqual([1, 503, 'service.unavailable']);
    expect(await effectsOf(made)).toBe(1);
    const again = await answered(made, made.body, key);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([status, 'true']);
    expect((await send(made, made.body, key)).body).toEqual(again.body);
    expect((await send(made, made.other, key)).body.code).toBe('idempotency.key_reused');
    expect(await effectsOf(made)).toBe(1);
  });

  it('is made once by two at the same moment, who hear the same', async () => {
    const made = await eventually(prepare);
    const key = unique('key');
    const both = await Promise.all([answered(made, made.body, key), answered(made, made.body, key)]);
    expect(both.map((answer) => answer.status)).toEqual([status, status]);
    expect(both[0]?.body).toEqual(both[1]?.body);
    expect(await effectsOf(made)).toBe(1);
  });
});

it('makes one subscription, and shows its secret in the first answer alone', async () => {
  const shop = await world.payment.shop(null);
  const body = { name: 'till', url: 'http://127.0.0.1:9/hook', eventTypes: WEBHOOK_EVENT_TYPES };
  const effects: Case['effects'] = ['"WebhookConfig" WHERE merchant_id = $1', [shop.merchantId]];
  const made = { token: shop.token, path: '/webhook-configs', body, other: body, effects };
  const key = unique('key');
  const first = await answered(made, body, key);
  const { secret, ...shown } = first.body;
  expect([first.status, typeof secret]).toEqual([201, 'string']);
  expect(await send(made, body, key)).toMatchObject({ status: 201, body: shown });
  expect((await send(made, body, key)).text).not.toContain(secret);
  expect(await effectsOf(made)).toBe(1);
  const rows = await world.payment.sql('SELECT body::text FROM "IdempotencyKey" WHERE key = $1', [key]);
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(secret);
});

it('remembers no settings, which lie sealed, and answers a retry with them', async () => {
  const made = await configuration();
  const key = unique('key');
  const first = await answered(made, made.body, key);
  expect(first.body.tValue).toEqual(made.body['tValue']);
  const [row] = await world.payment.sql('SELECT body::text FROM "IdempotencyKey" WHERE key = $1', [key]);
  expect(String(row?.['body'])).toContain(first.body.id);
  expect(String(row?.['body'])).not.toContain('refundLimitMinor');
  expect((await send(made, made.body, key)).body).toEqual(first.body);
});
