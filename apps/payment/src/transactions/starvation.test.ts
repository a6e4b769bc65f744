import { eventually } from '@nx/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PaymentWorld } from '../testing/payment-world.fixture';

/** More than a sweeper takes up in one round. */
const STUCK = 510;

let world: PaymentWorld;
beforeAll(async () => {
  world = await PaymentWorld.start({ extra: { APP_ENV_LOG_LEVEL: 'silent' } });
});
afterAll(() => world.stop());

/** Copies of the rows of a table, those columns changed; `n` is the number of the copy. */
async function copies(table: string, id: string, changed: Readonly<Record<string, string>>): Promise<void> {
  const rows = await world.sql(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'mq_pay' AND table_name = $1 AND is_generated = 'NEVER'`,
    [table],
  );
  const columns = rows.map((row) => String(row['name']));
  await world.sql(
    `INSERT INTO "${table}" (${columns.join(', ')}) SELECT ${columns.map((name) => changed[name] ?? name).join(', ')}
     FROM "${table}", generate_series(1, $2::int) AS n WHERE id = $1`,
    [id, STUCK],
  );
}

it(
  'attempts that stay due however often they are looked at keep no other from its turn',
  { timeout: 60_000 },
  async () => {
    const stuck = (await world.checkout(await world.shop(null))).body;
    const { body } = await world.checkout(await world.shop(null));
    await copies('Transaction', stuck.transaction.id, {
      id: `'stuck' || n || id`,
      uid: `'S' || n || uid`,
      source_id: `'stuck' || n || source_id`,
    });
    // Their time to be looked at has come, their end has not, and there is nobody to ask.
    await copies('PaymentAttempt', stuck.attempt.id, {
      id: `'stuck' || n || id`,
      uid: `'S' || n || uid`,
      transaction_id: `'stuck' || n || transaction_id`,
      expires_at: `now() + interval '1 day'`,
      next_query_at: `now() - interval '2 days'`,
    });
    await world.age(body.attempt.id, 16 * 60_000);
    const statusOf = async (): Promise<unknown> =>
      (await world.sql('SELECT status FROM "PaymentAttempt" WHERE id = $1', [body.attempt.id]))[0]?.['status'];
    await eventually(async () => (await statusOf()) === '501_EXPIRED', { timeoutMs: 40_000 });
    const due = await world.sql(`SELECT 1 FROM "PaymentAttempt" WHERE id LIKE 'stuck%' AND next_query_at < now()`);
    expect(due).toHaveLength(STUCK);
  },
);
