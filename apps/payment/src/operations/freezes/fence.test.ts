import { eventually } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operator } from '../../testing/operator.fixture';
import { PaymentWorld, type Shop } from '../../testing/payment-world.fixture';

/** Checkouts that are under way at once, on each of the two instances. */
const AT_ONCE = 28;

let world: PaymentWorld;
let other: PaymentWorld;
let operator: Operator;
beforeAll(async () => {
  // The slowest look at the table that is allowed: what holds in between is the fence alone.
  // More callers than connections: they wait for one as long as it takes.
  const extra = { APP_ENV_FREEZE_POLL_MS: '1000', APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '20000' };
  world = await PaymentWorld.start({ mode: 'api', extra });
  other = await world.replica();
  await eventually(async () => (await other.health.ready()).ok);
  operator = await Operator.of(world);
});
afterAll(async () => {
  await other.app.close();
  await world.stop();
});

const client = async (): Promise<pg.Client> => {
  const made = new pg.Client({ connectionString: world.database.urlFor('runtime') });
  // A test that failed has left it open when the database goes.
  made.on('error', () => undefined);
  await made.connect();
  return made;
};
/** Whether somebody waits for the fence of this database. */
const isWaitedFor = async (): Promise<boolean> => {
  const [waiting] = await world.sql(
    `SELECT count(*)::int AS n FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`,
  );
  return waiting?.['n'] === 1;
};
const thaw = () =>
  world.sql(
    `UPDATE "OperationalFreeze" SET lifted_at = now(), lifted_by = 'a', approved_by = 'b' WHERE lifted_at IS NULL`,
  );
const set = (change: object = {}) =>
  operator.post('/freezes', {
    operation: 'PAYMENT_CREATE',
    scopeType: 'global',
    reason: 'a test',
    ticket: 'T-1',
    ...change,
  });
const countOf = async (shop: Shop): Promise<number> => {
  const [row] = await world.sql('SELECT count(*)::int AS n FROM "Transaction" WHERE merchant_id = $1', [
    shop.merchantId,
  ]);
  return Number(row?.['n']);
};

describe('the fence', () => {
  it.each([1, 2])('lets no checkout commit after the freeze has answered (round %i)', async () => {
    const shop = await world.shop(null);
    let going = true;
    const outcomes: string[] = [];
    const sell = async (instance: PaymentWorld): Promise<void> => {
      while (going) {
        const { status, body } = await instance.checkout(shop);
        // Who hears that the service has too much to do comes again.
        if (body.code === 'service.unavailable') continue;
        outcomes.push(status === 200 ? 'made' : String(body.code));
        if (status !== 200) return;
      }
    };
    const sellers = [world, other].flatMap((instance) => Array.from({ length: AT_ONCE }, () => sell(instance)));
    let committed = 0;
    try {
      await eventually(async () => (await countOf(shop)) > AT_ONCE);
      // Nothing is frozen where somebody who has passed takes too long, as on a busy machine: the operator asks again.
      await eventually(async () => {
        const { status } = await set({ scopeType: 'merchant', scopeValue: shop.merchantId });
        if (status !== 201) return expect(status).toBe(503);
        committed = await countOf(shop);
        return true;
      });
    } finally {
      if (committed === 0) going = false;
      await Promise.all(sellers);
    }
    expect(await countOf(shop)).toBe(committed);
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(committed);
    expect(new Set(outcomes)).toEqual(new Set(['made', 'payment.frozen']));
    await thaw();
  });

  it('refuses a statement that began before the freeze was committed and waited for it', async () => {
    const [setting, writing] = await Promise.all([client(), client()]);
    const [row] = (await writing.query<{ epoch: string }>('SELECT epoch FROM "FreezeEpoch"')).rows;
    await setting.query('BEGIN');
    await setting.query(
      `INSERT INTO "OperationalFreeze" (id, scope_type, operation, reason, ticket, created_by, created_at)
       VALUES ('f1', 'global', 'REFUND', 'r', 't', 'me', now())`,
    );
    const passing = writing.query('SELECT freeze_fence($1)', [row?.epoch]).then(
      () => 'passed',
      (error: { code: string }) => error.code,
    );
    await eventually(isWaitedFor);
    await setting.query('COMMIT');
    expect(await passing).toBe('NX001');
    await Promise.all([setting.end(), writing.end()]);
    await thaw();
  });

  it('keeps the freeze from answering until who has passed has ended, and lets others pass side by side', async () => {
    const [first, second] = await Promise.all([client(), client()]);
    const { rows } = await first.query<{ epoch: string }>('SELECT epoch FROM "FreezeEpoch"');
    for (const one of [first, second]) {
      await one.query('BEGIN');
      await one.query('SELECT freeze_fence($1)', [rows[0]?.epoch]);
    }
    let answered = false;
    const setting = set({ operation: 'CONFIRM' }).then((answer) => {
      answered = true;
      return answer;
    });
    await eventually(isWaitedFor);
    await first.query('COMMIT');
    expect(answered).toBe(false);
    await second.query('COMMIT');
    expect((await setting).status).toBe(201);
    await Promise.all([first.end(), second.end()]);
    await thaw();
  });

  it('freezes nothing when somebody who has passed does not end', { timeout: 20_000 }, async () => {
    const stuck = await client();
    const { rows } = await stuck.query<{ epoch: string }>('SELECT epoch FROM "FreezeEpoch"');
    await stuck.query('BEGIN');
    await stuck.query('SELECT freeze_fence($1)', [rows[0]?.epoch]);
    expect(await set()).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
    await stuck.query('ROLLBACK');
    await stuck.end();
    expect((await operator.get('/freezes?active=true')).body.data).toEqual([]);
  });
});

describe('two instances', () => {
  it('know of a freeze and of its end within a second, without anybody asking', async () => {
    const known = async (instance: PaymentWorld): Promise<string | undefined> =>
      (await instance.health.deep()).indicators.find(({ name }) => name === 'freezes')?.detail;
    await set({ operation: 'PAYOUT', ticket: 'T-2' });
    const shows = (text: string) => async (): Promise<boolean> => (await known(other)) === text;
    await eventually(shows('PAYOUT global (T-2)'), { timeoutMs: 1200 });
    await thaw();
    await eventually(shows('none'), { timeoutMs: 1200 });
  });

  it('are not ready before they have ever read the freezes, and refuse what could be frozen', async () => {
    await world.sql('REVOKE SELECT ON payment."FreezeEpoch" FROM nx_payment');
    const third = await world.replica();
    try {
      const { ok, indicators } = await third.health.ready();
      expect(ok).toBe(false);
      expect(indicators.find(({ name }) => name === 'freeze-policy')).toMatchObject({ ok: false });
      const shop = await world.shop(null);
      expect(await third.checkout(shop)).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
    } finally {
      await world.sql('GRANT SELECT ON payment."FreezeEpoch" TO nx_payment');
    }
    await eventually(async () => (await third.health.ready()).ok);
    await third.app.close();
  });
});
