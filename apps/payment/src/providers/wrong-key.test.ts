import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metrics } from '@nx/observability';
import { eventually, openWire, repositoryRoot, type Wire } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import { BASE, now, PaymentWorld, type Shop } from '../testing/payment-world.fixture';
import { ipnBody, newTrace } from '../testing/vnpay.fixture';

const PATIENCE = { timeoutMs: 60_000 };
let world: PaymentWorld;
let wire: Wire;
let shop: Shop;
beforeAll(async () => {
  world = await PaymentWorld.start({ mode: 'api' });
  wire = await openWire(world.database.urlFor('runtime'), { state: 'cut' });
  shop = await world.shop();
});
afterAll(async () => {
  await world.stop();
  await wire.close();
});

const KEPT = [
  'SELECT id, t_value, credential, previous_credential, status, modified_at FROM "Configuration" ORDER BY id',
  'SELECT id, status, next_query_at FROM "PaymentAttempt" ORDER BY id',
  'SELECT scope, key_id, sealed FROM platform."KeyCheck" ORDER BY 1, 2',
  'SELECT id FROM "IpnInbox"',
  'SELECT id FROM "ForgedIpn"',
];

/** Everything that was sealed, and what of it a process with other keys could spoil. */
const kept = async (): Promise<unknown[]> => {
  const tables: unknown[] = [];
  for (const sql of KEPT) tables.push(await world.sql(sql));
  return tables;
};

const failures = async (of: PaymentWorld): Promise<number> => {
  const text = await of.app.get(Metrics).render();
  return Number(/^payment_decrypt_failures_total(?:\{.*\})? (\d+)$/m.exec(text)?.[1]);
};

describe('a process with another data key, which PostgreSQL could not tell at its start', () => {
  it('is not ready, raises the alert, spoils nothing; with the right key all of it goes on', async () => {
    const qr = await world.qr(shop);
    const notice = ipnBody(shop, { txnId: qr.attempt.uid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() });
    const before = await kept();
    const wrong = await world.replica({
      APP_ENV_APPLICATION_SECRET: 'another-secret-of-the-tests-with-more-than-32-characters',
      APP_ENV_POSTGRES_URL: wire.through,
    });
    try {
      wire.mend();
      await eventually(async () => {
        const { status, text } = await wrong.call('GET', `${BASE}/readyz`);
        expect([status, text]).toEqual([503, expect.stringContaining('does not open')]);
        // Nothing else ails it.
        expect(text).not.toContain('no node id');
        return true;
      }, PATIENCE);
      // Somebody sends it requests all the same.
      await eventually(async () => {
        const sale = await wrong.checkout(shop, { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE' });
        expect([sale.status, sale.body.code]).toEqual([503, 'service.unavailable']);
        return (await failures(wrong)) > 0;
      }, PATIENCE);
      const raised = await failures(wrong);
      // The vendor is told to come again, never that he has forged it.
      expect((await wrong.ipnRaw(notice)).body).toMatchObject({ code: '04' });
      expect(await failures(wrong)).toBeGreaterThan(raised);
      expect(await failures(world)).toBe(0);
      expect(await kept()).toEqual(before);
    } finally {
      await wrong.app.close();
    }
    const rules = readFileSync(join(repositoryRoot(), 'observability', 'rules', 'payment.yml'), 'utf8');
    expect(/- alert: PaymentEncryptionMismatch\n\s+expr: (.*)/.exec(rules)?.[1]).toContain(
      'payment_decrypt_failures_total',
    );
    // Rolled back: another process with the right key.
    const right = await world.replica();
    try {
      await eventually(async () => (await right.call('GET', `${BASE}/readyz`)).status === 200, PATIENCE);
      expect((await right.ipnRaw(notice)).body).toMatchObject({ code: '00' });
      await right.qr(shop);
      expect(await failures(right)).toBe(0);
    } finally {
      await right.app.close();
    }
    await expectBooksInOrder(world);
  }, 120_000);
});
