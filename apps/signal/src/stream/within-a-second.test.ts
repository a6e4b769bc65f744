import { createSecretKey } from 'node:crypto';
import { AccessControl } from '@nx/authz';
import { ROLES } from '@nx/contracts';
import { SealedChannel } from '@nx/crypto';
import { Database } from '@nx/persistence';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import type { ForeignSession } from '../foreign-session.fixture';
import { ForeignSocketIoClient } from '../foreign-socket-io-client.fixture';
import { World, type Instance } from '../signal.fixture';
import type { Connection } from './connection';
import { HoldUp } from './hold-up.fixture';
import { Session } from './session';
import { SessionRegistry } from './session-registry';

const PROMISE_MS = 1000;
/** A timer, the look at the epoch, and the look at the edges can each be held up. */
const STEPS = 3;

let world: World;
let first: Instance;
let second: Instance;

beforeAll(async () => {
  world = await World.start();
  [first, second] = await Promise.all([world.instance(), world.instance()]);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const registryOf = ({ app }: Instance): SessionRegistry => app.get(SessionRegistry);

/** One client of each dialect at each instance. */
const everywhere = (token: string): Promise<ForeignSession[]> =>
  Promise.all([
    ForeignClient.connect(first.stream, token),
    ForeignClient.connect(second.stream, token),
    ForeignSocketIoClient.connect(first.stream, token),
    ForeignSocketIoClient.connect(second.stream, token, { transports: ['polling'] }),
  ]);

/** Runs `work`, and waits until `isOver` holds after some change of a session; how long after the beginning that was. */
async function timed(
  work: () => Promise<unknown>,
  isOver: () => boolean,
): Promise<{ tookMs: number; allowedMs: number }> {
  const holdUp = new HoldUp(() => world.rows('SELECT 1'));
  let overAt: number | undefined;
  for (const at of [first, second]) {
    registryOf(at).onChange(() => {
      if (isOver()) overAt ??= performance.now();
    });
  }
  const startedAt = performance.now();
  await work();
  await eventually(() => overAt !== undefined, { everyMs: 5 });
  const allowedMs = PROMISE_MS + STEPS * (await holdUp.end());
  return { tookMs: (overAt ?? 0) - startedAt, allowedMs };
}

const say = async (room: string, event: string): Promise<void> => {
  const body = { serverId: 'emitter', type: 'room', target: room, event, data: 1 };
  await world.bus.publish(`ws:room:${room}`, JSON.stringify(body));
};

describe('within a second, on every instance and in both dialects', () => {
  it.each([
    ['a dismissed member', 'u-20', 'payment/merchants/m-20', 'Merchant', 'm-20'],
    ['a member of an organizer', 'u-21', 'any/organizers/o-21', 'Organizer', 'o-21'],
    ['an operator without his role any more', 'u-22', 'outreach/inquiries', 'Role', ROLES.operator],
  ] as const)('%s is thrown out', async (_who, userId, room, type, target) => {
    const colleague = `${userId}-colleague`;
    for (const member of [userId, colleague]) await world.member(member, type, target);
    const clients = await everywhere(await world.token(userId));
    const witness = await ForeignClient.connect(first.stream, await world.token(colleague));
    for (const client of [...clients, witness]) expect((await client.join(room)).joined).toEqual([room]);
    const remaining = (): number =>
      [first, second].flatMap((at) => registryOf(at).inRoom(room)).filter((session) => session.userId === userId)
        .length;
    expect(remaining()).toBe(clients.length);
    const { tookMs, allowedMs } = await timed(
      () => world.dismiss(userId, target),
      () => remaining() === 0,
    );
    expect(tookMs).toBeLessThan(allowedMs);
    await say(room, 'late');
    await say('ws-default', 'end');
    for (const client of clients) {
      await client.push('end');
      expect(client.topics().filter((topic) => topic === 'late')).toEqual([]);
      expect((await client.join(room)).refused).toEqual([{ room, reason: 'forbidden' }]);
    }
    await witness.push('late');
    await Promise.all([...clients, witness].map((client) => client.close()));
  });

  it('the sockets of an expired token are closed', async () => {
    const clients = await everywhere(await world.token('u-23', {}, 5));
    const sessions = [first, second].flatMap((at) => registryOf(at).ofUser('u-23'));
    expect(sessions).toHaveLength(clients.length);
    const late: number[] = [];
    const holdUp = new HoldUp(() => Promise.resolve());
    for (const at of [first, second]) {
      registryOf(at).onChange((session, change) => {
        if (change === 'gone' && session.userId === 'u-23') late.push(Date.now() - session.expiresAtMs);
      });
    }
    await eventually(() => late.length === clients.length, { timeoutMs: 60_000 });
    // A timer alone: nobody is asked when a token expires.
    const allowedMs = PROMISE_MS + (await holdUp.end());
    for (const ms of late) expect(ms).toBeGreaterThanOrEqual(0);
    for (const ms of late) expect(ms).toBeLessThan(allowedMs);
    for (const client of clients) {
      await client.until(() => client.isClosed);
      expect(client.errors).toEqual(['Token expired']);
    }
  });

  it('two thousand dismissed members are thrown out, in a query for each thousand', async () => {
    const users = Array.from({ length: 2000 }, (_item, index) => `crowd-${index}`);
    await world.rows(
      `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
       SELECT 'edge-' || u, 'group', 'User', u, 'Merchant', 'm-crowd' FROM unnest($1::text[]) AS u`,
      [users],
    );
    const registry = registryOf(first);
    await first.app.get(AccessControl).look();
    const sessions = users.map((userId) => memberWithoutSocket(registry, userId, 'm-crowd'));
    const room = 'payment/merchants/m-crowd';
    expect(registry.inRoom(room)).toHaveLength(users.length);
    const queries = vi.spyOn(first.app.get(Database), 'query');
    const { tookMs, allowedMs } = await timed(
      () =>
        world.rows(
          `UPDATE identity."PolicyDefinition" SET deleted_at = now(), modified_at = now() WHERE target_id = 'm-crowd'`,
        ),
      () => sessions.at(-1)?.isIn(room) === false,
    );
    expect(registry.inRoom(room)).toEqual([]);
    const looks = queries.mock.calls.filter(([sql]) => sql.includes('subject_id = ANY'));
    queries.mockRestore();
    for (const session of sessions) registry.remove(session);
    expect(looks).toHaveLength(2);
    expect(tookMs).toBeLessThan(allowedMs);
  });
});

/** A session in its merchant's room, with nobody at its other end: what is looked at is the policy alone. */
function memberWithoutSocket(registry: SessionRegistry, userId: string, merchantId: string): Session {
  const silent: Connection = {
    transport: 'websocket',
    address: '192.0.2.1',
    sendClear: () => undefined,
    sendSealed: () => undefined,
    bufferedBytes: () => 0,
    close: () => undefined,
  };
  const session = new Session(silent, Date.now(), performance.now());
  registry.add(session);
  const issuedAtSeconds = Math.floor(Date.now() / 1000) - 60;
  const expiresAtSeconds = issuedAtSeconds + 3600;
  const life = { issuedAtSeconds, expiresAtSeconds };
  const claims = { userId, roles: [], merchantIds: [], organizerIds: [], clientId: null, ...life };
  session.become({ claims, channel: new SealedChannel(createSecretKey(Buffer.alloc(32))), expiresAtSeconds });
  registry.activate(session);
  registry.enter(session, `payment/merchants/${merchantId}`, { kind: 'member', merchantId, organizerId: null });
  return session;
}

describe('a renewal while the policies cannot be read', () => {
  const rooms = ['payment/merchants/m-40', 'payment/merchants/m-41'];

  it('is not taken on before they can: the rooms that the new token lacks do not stand unchecked', async () => {
    const wide = await world.token('u-40', { merchantIds: 'm-40,m-41' });
    const [refused, renewed] = await Promise.all([
      ForeignClient.connect(first.stream, wide),
      ForeignSocketIoClient.connect(first.stream, wide),
    ]);
    for (const client of [refused, renewed]) expect((await client.join(...rooms)).joined).toEqual(rooms);
    const token = await world.token('u-40', { merchantIds: 'm-40' });
    await world.setDatabaseAway(true);
    const renewal = { type: 'Bearer', token, renew: true };
    expect(await refused.ask('authenticate', renewal)).toMatchObject({ renewed: false });
    const asked = renewed.ask('authenticate', renewal);
    await say('ws-default', 'meanwhile');
    await renewed.push('meanwhile');
    await world.setDatabaseAway(false);
    expect(await asked).toMatchObject({ renewed: true });
    for (const room of rooms) await say(room, `to ${room}`);
    await say('ws-default', 'end');
    for (const client of [refused, renewed]) await client.push('end');
    // The one goes on under its old token, the other has left with the new one.
    const heard = (client: ForeignSession): string[] => client.topics().filter((topic) => topic.startsWith('to '));
    expect(heard(refused)).toEqual(rooms.map((room) => `to ${room}`));
    expect(heard(renewed)).toEqual(['to payment/merchants/m-40']);
    expect(refused.isClosed).toBe(false);
    await Promise.all([refused, renewed].map((client) => client.close()));
  }, 60_000);
});
