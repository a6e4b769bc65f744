import { afterEach, describe, expect, it } from 'vitest';
import { openSandbox, type Harness } from '../testing/harness';
import { Faults } from './faults';
import { Outgoing } from './outgoing';

const open: Harness[] = [];
const start = (): Harness => {
  const harness = openSandbox();
  open.push(harness);
  return harness;
};
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.close();
});

describe('faults', () => {
  const strikes = (seed: string): boolean[] => {
    const faults = new Faults(seed);
    faults.arm({ kind: '5xx', target: 'vnpay-invoice.issue', probability: 0.2 });
    return Array.from(
      { length: 500 },
      (_, n) => faults.draw('vnpay-invoice.issue', `order-${n}`).find('5xx') !== undefined,
    );
  };

  it('strike the same calls for the same seed, about as often as asked', () => {
    expect(strikes('a')).toEqual(strikes('a'));
    expect(strikes('a')).not.toEqual(strikes('b'));
    const count = strikes('a').filter(Boolean).length;
    expect(count).toBeGreaterThan(60);
    expect(count).toBeLessThan(140);
  });

  it('depend on the key and its n-th call, not on the order of parallel calls', () => {
    const one = new Faults('s');
    const other = new Faults('s');
    for (const faults of [one, other]) faults.arm({ kind: 'drop', target: 'sale.webhook', probability: 0.5 });
    const keys = Array.from({ length: 50 }, (_, n) => `k${n}`);
    const struck = (faults: Faults, order: string[]): string[] =>
      order.filter((key) => faults.draw('sale.webhook', key).find('drop') !== undefined).sort();
    expect(struck(one, keys)).toEqual(struck(other, [...keys].reverse()));
  });

  it('end after their count, hit only what matches, and are listed and disarmed', async () => {
    const { call, sandbox } = start();
    const armed = await call('POST', '/faults', { kind: '5xx', target: 'identity.jwks', count: 1, status: 502 });
    expect(armed.status).toBe(201);
    expect((await call('GET', '/jw-certs')).status).toBe(502);
    expect((await call('GET', '/jw-certs')).status).toBe(200);
    await call('POST', '/faults', { kind: 'drop', target: 'sale.webhook', match: 'abc' });
    expect(sandbox.faults.draw('sale.webhook', 'xyz').find('drop')).toBeUndefined();
    expect(sandbox.faults.draw('sale.webhook', '1abc2').find('drop')).toBeDefined();
    expect((await call('GET', '/faults')).body['data']).toHaveLength(2);
    expect((await call('DELETE', '/faults/1')).status).toBe(200);
    expect((await call('DELETE', '/faults')).body).toEqual({ disarmed: 1 });
    expect((await call('DELETE', '/faults/9')).status).toBe(404);
  });

  it('refuse kinds that mean nothing at a target', async () => {
    const { call } = start();
    expect((await call('POST', '/faults', { kind: 'wrong-amount', target: 'identity.jwks' })).status).toBe(422);
    expect((await call('POST', '/faults', { kind: 'drop', target: 'moon' })).status).toBe(422);
    expect((await call('POST', '/faults', { kind: 'drop', target: 'sale.webhook', probability: 2 })).status).toBe(422);
  });

  it('cut, break and slow down answers on a real connection', async () => {
    const { call, app } = start();
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const arm = (kind: string, more: object = {}): Promise<unknown> =>
      call('POST', '/faults', { kind, target: 'identity.jwks', count: 1, ...more });
    await arm('drop');
    await expect(fetch(`${url}/jw-certs`)).rejects.toThrow();
    await arm('malformed');
    await expect((await fetch(`${url}/jw-certs`)).json()).rejects.toThrow();
    await arm('slow-body', { ms: 300 });
    const before = performance.now();
    const response = await fetch(`${url}/jw-certs`);
    expect(await response.json()).toHaveProperty('keys');
    expect(performance.now() - before).toBeGreaterThan(200);
    await arm('delay', { ms: 200 });
    const again = performance.now();
    await fetch(`${url}/jw-certs`);
    expect(performance.now() - again).toBeGreaterThan(150);
  });

  it('send out of order, more than once, or not at all', async () => {
    const faults = new Faults('s');
    const outgoing = new Outgoing(new AbortController().signal);
    const sent: string[] = [];
    const send = (key: string): Promise<unknown> =>
      outgoing.send(faults.draw('sale.payment-success', key), async () => sent.push(key));
    faults.arm({ kind: 'reorder', target: 'sale.payment-success', match: 'first', ms: 10_000 });
    faults.arm({ kind: 'duplicate', target: 'sale.payment-success', match: 'twice', times: 1 });
    faults.arm({ kind: 'drop', target: 'sale.payment-success', match: 'never' });
    await Promise.all([send('first'), send('second')]);
    await send('twice');
    await send('never');
    expect(sent).toEqual(['second', 'first', 'twice', 'twice']);
  });
});
