import { eventually } from '@nx/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { ForeignSocketIoClient } from '../foreign-socket-io-client.fixture';
import { World, type Instance } from '../signal.fixture';
import { RetentionSweep } from './retention-sweep';
import { storeFor } from './store.fixture';

const STATE = 'observation/signal/notification/state';
const RESYNC = 'observation/signal/notification/resync';
const USER = 'old-1';
const RETENTION_DAYS = 90;

let world: World;
let signal: Instance;

beforeAll(async () => {
  world = await World.start();
  signal = await world.instance({ APP_ENV_NOTIFICATION_RETENTION_MS: String(RETENTION_DAYS * 86_400_000) });
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const store = (count: number): Promise<void> => storeFor(signal, [USER], count);

/** A partition as it was made in its time; `months` ago, counted from the first of this one. */
const makeMonth = async (months: number): Promise<string> => {
  const [row] = await world.rows<{ name: string }>(
    `SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - $1 * interval '1 month', 'YYYY_MM') AS name`,
    [months],
  );
  const name = row?.name ?? '';
  const first = `${name.replace('_', '-')}-01 00:00+00`;
  await world.rows(
    `CREATE TABLE signal."ActivityNotification_p${name}" PARTITION OF signal."ActivityNotification"
       FOR VALUES FROM ('${first}') TO ('${first}'::timestamptz + interval '1 month')`,
  );
  await world.rows(`ALTER TABLE signal."ActivityNotification_p${name}" OWNER TO nx_signal_owner`);
  return name;
};

const age = async (sequences: readonly number[], at: string): Promise<void> => {
  const which = [USER, sequences, at];
  await world.rows(
    `UPDATE signal."NotificationEvent" SET created_at = $3 WHERE event_id IN (
       SELECT event_id FROM signal."ActivityNotification" WHERE recipient_id = $1 AND sequence = ANY($2))`,
    which,
  );
  await world.rows(
    `UPDATE signal."ActivityNotification" SET created_at = $3 WHERE recipient_id = $1 AND sequence = ANY($2)`,
    which,
  );
};

const months = async (): Promise<string[]> =>
  (
    await world.rows<{ month: string }>(`SELECT to_char(m, 'YYYY_MM') AS month FROM signal.notification_months() m`)
  ).map(({ month }) => month);

const left = async (): Promise<{ rows: number[]; events: number; unread: number; revision: number }> => {
  const rows = await world.rows<{ sequence: string }>(
    `SELECT sequence FROM signal."ActivityNotification" WHERE recipient_id = $1 ORDER BY sequence`,
    [USER],
  );
  const [events] = await world.rows<{ n: number }>(`SELECT count(*)::int AS n FROM signal."NotificationEvent"`);
  const [state] = await world.rows<{ unread: number; revision: string }>(
    `SELECT unread, revision FROM signal."RecipientState" WHERE recipient_id = $1`,
    [USER],
  );
  const sequences = rows.map(({ sequence }) => Number(sequence));
  return { rows: sequences, events: events?.n ?? 0, unread: state?.unread ?? 0, revision: Number(state?.revision) };
};

beforeEach(async () => {
  await world.rows('TRUNCATE signal."ActivityNotification", signal."NotificationEvent", signal."RecipientState"');
});

describe('retention', () => {
  it('drops a month as a whole when all of it is too old, badges and events with it', async () => {
    const [old, kept] = [await makeMonth(6), await makeMonth(3)];
    await store(5);
    await age([1, 2], `${old.replace('_', '-')}-15T00:00:00Z`);
    // Its first days are too old, its last ones are not.
    await age([3], `${kept.replace('_', '-')}-01T00:00:00Z`);
    await world.rows(`UPDATE signal."ActivityNotification" SET is_read = true WHERE sequence = 2`);
    await world.rows(`UPDATE signal."RecipientState" SET unread = 4`);
    const client = await ForeignClient.open(signal.stream);
    client.authenticate(await world.token(USER), { lastSequence: 1 });
    await client.until(() => client.pushes.length === 5);
    const screens = [
      await ForeignClient.connect(signal.stream, await world.token(USER)),
      await ForeignSocketIoClient.connect(signal.stream, await world.token(USER)),
    ];
    const removed = await signal.app.get(RetentionSweep).sweep();
    expect(removed).toEqual({ months: [old.replace('_', '-')], strays: 0, events: 2 });
    expect(await months()).not.toContain(old);
    expect(await months()).toContain(kept);
    expect(await left()).toEqual({ rows: [3, 4, 5], events: 3, unread: 3, revision: 6 });
    // Screens are told the badge that is left; a copy of the inbox that something of it is gone.
    for (const screen of screens) {
      expect(await screen.push(STATE)).toEqual({ lastSequence: 5, unread: 3, revision: 6 });
      expect(screen.topics()).toEqual([STATE]);
      await screen.close();
    }
    expect(await client.push(RESYNC)).toEqual({ reason: 'changed', lastSequence: 5, revision: 6 });
    await client.close();
    const returning = await ForeignClient.open(signal.stream);
    returning.authenticate(await world.token(USER), { lastSequence: 1 });
    expect(await returning.push(RESYNC)).toMatchObject({ reason: 'gone' });
    await returning.close();
    expect((await months()).length).toBeGreaterThanOrEqual(5);
  });

  it('removes rows that lie in no month, and finds nothing the second time', async () => {
    await store(3);
    await age([1, 2], '2001-05-05T00:00:00Z');
    const sweep = signal.app.get(RetentionSweep);
    expect(await sweep.sweep()).toEqual({ months: [], strays: 2, events: 2 });
    expect(await left()).toMatchObject({ rows: [3], events: 1, unread: 1 });
    expect(await sweep.sweep()).toEqual({ months: [], strays: 0, events: 0 });
  });

  it('waits for a reader of the month, and never drops one that is not over', async () => {
    const old = await makeMonth(7);
    await world.rows('BEGIN');
    await world.rows(`SELECT 1 FROM signal."ActivityNotification_p${old}"`);
    const refused = signal.app.get(RetentionSweep).sweep();
    await expect(refused).rejects.toThrow(/lock timeout/);
    await world.rows('COMMIT');
    expect(await months()).toContain(old);
    await eventually(async () => (await signal.app.get(RetentionSweep).sweep()).months.length === 1);
    await expect(world.rows(`SELECT signal.drop_notification_month(date_trunc('month', now())::date)`)).rejects.toThrow(
      /is not over/,
    );
  });
});
