import { callService, runCommand } from '@nx/ops';
import { Database } from '@nx/persistence';
import type { ParkedRecordPage, ReplayParkedAnswer } from '@nx/reliable';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { World, type Instance } from '../signal.fixture';
import { COMMANDS } from './commands';

const PATIENCE = { timeoutMs: 60_000 };
const USER = 'u-dead';

let world: World;
let signal: Instance;

beforeAll(async () => {
  world = await World.start();
  await world.grantOperators();
  await world.rows(
    `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
     VALUES ('grant-dead', 'policy', 'Role', '600_operator', 'Permission', 'DeadLetter.*') ON CONFLICT DO NOTHING`,
  );
  // A defect of ours: whatever is of this kind cannot be stored.
  await world.rows(
    `CREATE FUNCTION signal.defect() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'a defect of this release'; END $$`,
  );
  await world.rows(
    `CREATE TRIGGER defect BEFORE INSERT ON signal."NotificationEvent" FOR EACH ROW
      WHEN (NEW.event_id LIKE 'poison%') EXECUTE FUNCTION signal.defect()`,
  );
  // Before anybody of signal's group was there.
  await world.produce(record('early', 'k0', 'u-early'));
  signal = await world.instance({ APP_ENV_PARKING_DELAYS_MS: '20,20', APP_ENV_PARKING_SWEEP_MS: '50' });
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const record = (
  eventId: string,
  key: string,
  userId = USER,
): { key: string; value: object; headers: Record<string, string> } => ({
  key,
  value: { eventType: 'PAYMENT_SUCCESS', recipientScope: 'users', recipientIds: [userId], data: {}, eventId },
  headers: { 'x-event-id': eventId },
});

const stored = async (userId = USER): Promise<string[]> =>
  (
    await world.rows<{ event_id: string }>(
      `SELECT event_id FROM signal."ActivityNotification" WHERE recipient_id = $1 ORDER BY sequence`,
      [userId],
    )
  ).map(({ event_id }) => event_id);

const call = async (
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> => {
  const answer = await fetch(`${signal.http}/v1/api/signal/operations/dead-letters${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
};

const ops = async (...args: string[]): Promise<{ code: number; out: string }> => {
  const out: string[] = [];
  const say = (line: string): void => void out.push(line);
  const code = await runCommand(
    args,
    { out: say, error: say },
    {
      commands: COMMANDS,
      open: (input) => ({
        database: signal.app.get(Database),
        now: Date.now(),
        service: (request) =>
          callService(
            {
              name: 'signal',
              url: signal.http,
              basePath: '/v1/api/signal',
              dryRun: input.values['dry-run'] === true,
            },
            request,
          ),
      }),
    },
  );
  return { code, out: out.join('\n') };
};

const dead = async (...eventIds: string[]): Promise<string[]> =>
  eventually(async () => {
    const { body } = await call(await world.operatorToken(), 'GET', '');
    const { data } = body as ParkedRecordPage;
    const found = eventIds.map((eventId) => data.find((row) => row.eventId === eventId)?.id);
    return found.every((id) => id !== undefined) ? found : undefined;
  }, PATIENCE);

it('a new group begins with the oldest record', async () => {
  await eventually(async () => (await stored('u-early')).length === 1, PATIENCE);
});

describe('what cannot be stored', () => {
  it('is parked and given up, those of its key after it; other keys go on; a replay stores it once', async () => {
    await world.produce(record('poison-1', 'k1'), record('good-1', 'k1'), record('good-2', 'k2'));
    const ids = await dead('poison-1');
    await eventually(async () => (await stored()).length === 2, PATIENCE);
    expect((await stored()).toSorted()).toEqual(['good-1', 'good-2']);

    const operator = await world.operatorToken();
    const { body } = await call(operator, 'GET', '?key=k1');
    expect((body as ParkedRecordPage).data).toEqual([
      expect.objectContaining({
        id: ids[0],
        eventId: 'poison-1',
        key: 'k1',
        status: '505_DEAD_LETTERED',
        errorMessage: expect.stringContaining('a defect of this release'),
      }),
    ]);
    expect((await call(operator, 'GET', '?key=k2')).body).toEqual({ data: [], nextCursor: null });

    // Too early: it comes back to the dead letters.
    const tooEarly = await call(operator, 'POST', '/replay', { ids, reason: 'a try' });
    expect(tooEarly).toEqual({ status: 200, body: { replayed: ids, left: [] } });
    await dead('poison-1');

    await world.rows('DROP TRIGGER defect ON signal."NotificationEvent"');
    const replay = ['signal', 'replay', `--id=${ids[0] ?? ''}`, '--reason=the release is out'];
    expect((await ops('signal', 'list-dead')).out).toContain('poison-1');
    expect((await ops(...replay, '--dry-run')).code).toBe(0);
    expect(await ops(...replay)).toEqual({ code: 0, out: '1 on their way again' });
    await eventually(async () => (await stored()).includes('poison-1'), PATIENCE);
    expect((await ops(...replay)).code).toBe(1);
    expect(await ops('signal', 'list-dead')).toEqual({ code: 0, out: 'no such records' });

    // The same event once more, as a broker may deliver it: nothing is stored twice.
    await world.produce(record('poison-1', 'k1'), record('good-1', 'k3'), record('good-3', 'k1'));
    await eventually(async () => (await stored()).includes('good-3'), PATIENCE);
    expect((await stored()).toSorted()).toEqual(['good-1', 'good-2', 'good-3', 'poison-1']);

    const audit = await world.rows<object>(
      `SELECT actor_id, action, entity_id, reason FROM signal."AuditTrail" ORDER BY created_at, id`,
    );
    expect(audit).toEqual([
      { actor_id: 'operator-1', action: 'dead-letter.replay', entity_id: ids[0], reason: 'a try' },
      {
        actor_id: expect.stringMatching(/^pod:/),
        action: 'dead-letter.replay',
        entity_id: ids[0],
        reason: 'the release is out',
      },
    ]);
    await expect(signal.app.get(Database).execute(`DELETE FROM signal."AuditTrail"`)).rejects.toThrow();
  }, 180_000);

  it('is nothing for others than operators, and a replay says what is meant and why', async () => {
    expect((await call(await world.token('u-1'), 'GET', '')).status).toBe(403);
    expect((await call(await world.token('u-1'), 'POST', '/replay', { ids: ['1'], reason: 'why not' })).status).toBe(
      403,
    );
    const operator = await world.operatorToken();
    for (const [body, pointer] of [
      [{ ids: ['1'] }, '/reason'],
      [{ ids: [], reason: 'because' }, '/ids'],
      [{ ids: ['x'], reason: 'because' }, '/ids'],
      [{ ids: ['1', '1'], reason: 'because' }, '/ids'],
    ] as const) {
      const answer = await call(operator, 'POST', '/replay', body);
      const { errors } = answer.body as { errors: { pointer: string }[] };
      expect([answer.status, errors.map((error) => error.pointer)]).toEqual([422, [pointer]]);
    }
    expect((await call(operator, 'GET', '?status=303_HANDLED')).status).toBe(422);
    const unknown = await call(operator, 'POST', '/replay', { ids: ['999999'], reason: 'because' });
    expect(unknown.body as ReplayParkedAnswer).toEqual({ replayed: [], left: ['999999'] });
    expect((await ops('signal', 'replay', '--reason=x')).code).toBe(2);
  });
});
