import { Metrics } from '@nx/observability';
import { SignalClient, type InboxResync, type InboxState } from '@nx/signal-client';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ForeignClient } from '../foreign-client.fixture';
import type { ForeignSession } from '../foreign-session.fixture';
import { ForeignSocketIoClient } from '../foreign-socket-io-client.fixture';
import type { NotificationView } from '../notifications/notification.view';
import { storeFor as store } from '../notifications/store.fixture';
import { World, type Instance } from '../signal.fixture';
import { Delivery } from '../stream/delivery';
import { CLOSINGS } from '../stream/frames';
import { SessionRegistry } from '../stream/session-registry';

const CREATED = 'observation/signal/notification/created';
const READ = 'observation/signal/notification/read';
const STATE = 'observation/signal/notification/state';
const RESYNC = 'observation/signal/notification/resync';

interface Created {
  readonly notification: NotificationView;
  readonly unread: number;
  readonly revision: number;
}

let world: World;
let first: Instance;
let second: Instance;

beforeAll(async () => {
  world = await World.start();
  const settings = {
    // Many authenticate at once here.
    APP_ENV_WEBSOCKET_AUTH_TIMEOUT_MS: '20000',
    APP_ENV_WEBSOCKET_RESUME_LIMIT: '80',
    APP_ENV_WEBSOCKET_MAX_PER_IP: '0',
  };
  [first, second] = await Promise.all([world.instance(settings), world.instance(settings)]);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const call = async (userId: string, method: string, path: string): Promise<Record<string, unknown>> => {
  const headers = { authorization: `Bearer ${await world.token(userId)}` };
  const answer = await fetch(`${first.http}/v1/api/signal${path}`, { method, headers });
  return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>);
};

const resume = async (userId: string, data: Record<string, unknown>, at = first): Promise<ForeignClient> => {
  const client = await ForeignClient.open(at.stream);
  client.authenticate(await world.token(userId), data);
  await client.until(() => client.pushes.length > 0);
  return client;
};

const sequencesOf = (client: ForeignClient): number[] =>
  client.pushes.filter(({ event }) => event === CREATED).map(({ data }) => (data as Created).notification.sequence);

describe('a client that resumes', () => {
  it('is told where its inbox stands, then what it missed, as it would have been pushed', async () => {
    const live = await ForeignClient.connect(first.stream, await world.token('r-1'));
    await store(first, ['r-1'], 3);
    await live.until(() => live.pushes.length === 3);
    const client = await resume('r-1', { lastSequence: 1 });
    await client.until(() => client.pushes.length === 3);
    expect(Object.keys(client.connected)).toEqual(['id', 'userId', 'time', 'serverPublicKey', 'salt']);
    expect(client.pushes[0]).toEqual({ event: STATE, data: { lastSequence: 3, unread: 3, revision: 3 } });
    const pushed = live.pushes
      .slice(1)
      .map(({ event, data }) => ({ event, data: { ...(data as Created), unread: 3 } }));
    expect(client.pushes.slice(1)).toEqual(pushed);
    expect(client.raw.filter((text) => text.includes('error'))).toEqual([]);
    await Promise.all([live.close(), client.close()]);
  });

  it.each([
    ['further behind than is told one by one', { lastSequence: 0 }, 'too_far_behind'],
    ['ahead of us', { lastSequence: 99 }, 'ahead'],
    ['at a negative place', { lastSequence: -1 }, 'invalid'],
    ['at a fraction', { lastSequence: 1.5 }, 'invalid'],
    ['at a text', { lastSequence: '3' }, 'invalid'],
    ['beyond what a number holds', { lastSequence: 2 ** 60 }, 'invalid'],
  ])('is told to read anew when it is %s', async (_case, data, reason) => {
    if ((await call('r-2', 'GET', '/notifications/count'))['total'] === 0) await store(first, ['r-2'], 81);
    const client = await resume('r-2', data);
    await client.until(() => client.pushes.length === 2);
    expect(client.pushes.map(({ event }) => event)).toEqual([STATE, RESYNC]);
    expect(client.pushes[1]?.data).toMatchObject({ reason, lastSequence: 81 });
    await client.close();
  });

  it('is told to read anew when rows are gone, or something was read meanwhile', async () => {
    await store(first, ['r-3'], 4);
    await world.rows(`DELETE FROM signal."ActivityNotification" WHERE recipient_id = 'r-3' AND sequence = 3`);
    const gone = await resume('r-3', { lastSequence: 2 });
    expect(await gone.push(RESYNC)).toMatchObject({ reason: 'gone', lastSequence: 4 });
    await call('r-3', 'PATCH', '/notifications/read-all');
    const read = await resume('r-3', { lastSequence: 4, lastRevision: 4 });
    expect(await read.push(RESYNC)).toEqual({ reason: 'changed', lastSequence: 4, revision: 5 });
    await Promise.all([gone.close(), read.close()]);
  });

  it('is not resumed unless it asks', async () => {
    await store(first, ['r-4'], 2);
    const clients = await Promise.all([
      ForeignClient.connect(first.stream, await world.token('r-4')),
      ForeignClient.open(first.stream),
    ]);
    clients[1].authenticate(await world.token('r-4'), { lastSequence: null });
    await clients[1].until(() => clients[1].clear.length === 1);
    await store(first, ['r-4']);
    for (const client of clients) await client.push(CREATED);
    expect(clients.map(sequencesOf)).toEqual([[3], [3]]);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('gets each notification once and in order while both instances store and it comes and goes', async () => {
    const user = 'r-5';
    const copy: number[] = [];
    const storing = Promise.all([store(first, [user], 40), store(second, [user], 40)]);
    let badge = 0;
    while (copy.length < 80) {
      const at = copy.length % 2 === 0 ? first : second;
      const client = await resume(user, { lastSequence: copy.length }, at);
      // It goes away after some frames, wherever the server may be then.
      await client.until(() => client.pushes.length > 5 || copy.length + sequencesOf(client).length >= 80);
      client.socket.terminate();
      await client.closed;
      expect(client.topics()[0]).toBe(STATE);
      expect(client.topics()).not.toContain(RESYNC);
      copy.push(...sequencesOf(client));
      badge = (client.pushes.at(-1)?.data as Created | undefined)?.unread ?? 0;
    }
    await storing;
    expect(copy).toEqual(Array.from({ length: 80 }, (_item, index) => index + 1));
    expect(badge).toBe(80);
  });

  it('gets what the bus has lost, after the next push', async () => {
    await store(first, ['r-6']);
    const client = await resume('r-6', { lastSequence: 1 }, second);
    await world.rows(
      `UPDATE signal."RecipientState" SET unread = 0, revision = revision + 1 WHERE recipient_id = 'r-6'`,
    );
    await store(first, ['r-6'], 2);
    await client.until(() => client.topics().includes(RESYNC));
    expect(client.topics()).toEqual([STATE, STATE, RESYNC]);
    expect(await client.push(RESYNC)).toMatchObject({ reason: 'changed', lastSequence: 3 });
    await store(first, ['r-6']);
    await client.until(() => sequencesOf(client).length === 1);
    expect(sequencesOf(client)).toEqual([4]);
    await client.close();
  });

  it('reads the inboxes of many in a few queries', async () => {
    const users = Array.from({ length: 150 }, (_item, index) => `storm-${index}`);
    await store(first, users, 2);
    const metrics = first.app.get(Metrics);
    const before = await queriesOf(metrics);
    const tokens = await Promise.all(users.map((user) => world.token(user)));
    const clients = await Promise.all(users.map(() => ForeignClient.open(first.stream)));
    for (const [index, client] of clients.entries()) client.authenticate(tokens[index] ?? '', { lastSequence: 1 });
    await Promise.all(clients.map((client) => client.push(CREATED)));
    expect(clients.every((client) => sequencesOf(client).join() === '2')).toBe(true);
    expect((await queriesOf(metrics)) - before).toBeLessThan(users.length / 3);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('waits for the database, and loses nothing', async () => {
    await store(first, ['r-7'], 2);
    await world.setDatabaseAway(true);
    const asked = await queriesOf(first.app.get(Metrics));
    const resuming = await ForeignClient.open(first.stream);
    resuming.authenticate(await world.token('r-7'), { lastSequence: 0 });
    await resuming.until(() => resuming.clear.length === 1);
    await world.bus.publish(
      'ws:broadcast',
      JSON.stringify({ serverId: 'emitter', type: 'broadcast', event: 'meanwhile', data: 1 }),
    );
    // It asked in vain and asks again.
    await eventually(async () => (await queriesOf(first.app.get(Metrics))) >= asked + 2, { timeoutMs: 30_000 });
    await world.setDatabaseAway(false);
    await eventually(() => resuming.pushes.length >= 4, { timeoutMs: 40_000 });
    expect(resuming.topics()).toEqual([STATE, CREATED, CREATED, 'meanwhile']);
    await resuming.close();
  }, 90_000);
});

describe('a screen that keeps no copy of its inbox', () => {
  const badges = (client: ForeignSession): unknown[] => client.pushes.map(({ data }) => (data as Created).unread);

  const screensOf = async (userId: string): Promise<ForeignSession[]> => {
    const token = await world.token(userId);
    return Promise.all(
      [first, second].flatMap(({ stream }): Promise<ForeignSession>[] => [
        ForeignClient.connect(stream, token),
        ForeignSocketIoClient.connect(stream, token),
      ]),
    );
  };

  it('shows the stored badge although a push comes late, also when it connected in between', async () => {
    const userId = 's-1';
    const late = (event: string, data: object): Promise<number> =>
      world.bus.publish(
        `ws:room:signal/notification/${userId}`,
        JSON.stringify({ serverId: 'late', type: 'room', target: `signal/notification/${userId}`, event, data }),
      );
    const screens = await screensOf(userId);
    await store(first, [userId], 2);
    for (const screen of screens) await screen.until(() => screen.pushes.length === 2);
    const overtaken = screens[0]?.pushes[0]?.data as Created;
    expect(overtaken).toMatchObject({ unread: 1, revision: 1 });
    screens.push(...(await screensOf(userId)));
    await late(CREATED, overtaken);
    await late(CREATED, { ...overtaken, silent: true });
    await late(READ, { ids: [], all: true, before: null, deleted: false, lastSequence: 1, unread: 0, revision: 1 });
    await late(STATE, { lastSequence: 1, unread: 0, revision: 1 });
    for (const screen of screens) {
      await screen.until(() => screen.topics().slice(-4).join() === [CREATED, STATE, READ, STATE].join());
      expect(badges(screen).slice(-4)).toEqual([2, 2, 2, 2]);
      expect(screen.pushes.at(-1)?.data).toEqual({ lastSequence: 2, unread: 2, revision: 2 });
    }
    const told = { ...overtaken, unread: 2 };
    expect(screens.map(({ pushes }) => pushes.at(-4)?.data)).toEqual(screens.map(() => told));
    await Promise.all(screens.map((screen) => screen.close()));
  });

  it('ends with the stored badge, as copies do, when both instances store while it is read', async () => {
    const userId = 's-2';
    const screens = await screensOf(userId);
    const copies = await Promise.all([first, second].map((at) => resume(userId, { lastSequence: 0 }, at)));
    let reads = 0;
    const readSome = async (): Promise<void> => {
      for (let count = 0; count < 10; count += 1) {
        reads += Number((await call(userId, 'PATCH', '/notifications/read-all'))['updated']) > 0 ? 1 : 0;
      }
    };
    await Promise.all([store(first, [userId], 40), store(second, [userId], 40), readSome()]);
    const { unread } = await call(userId, 'GET', '/notifications/count');
    const isWhole = ({ pushes }: ForeignSession): boolean =>
      pushes.some(({ data }) => (data as Created).revision === 80 + reads);
    for (const screen of screens) await screen.until(() => screen.pushes.length === 80 + reads);
    for (const copy of copies) await copy.until(() => isWhole(copy));
    for (const client of [...screens, ...copies]) {
      expect(badges(client).findLast((badge) => badge !== undefined)).toBe(unread);
    }
    await Promise.all([...screens, ...copies].map((screen) => screen.close()));
  });
});

describe('the client kit', () => {
  it('goes on where it was, and knows the badge', async () => {
    const user = 'kit-1';
    await store(first, [user], 2);
    const sequences: number[] = [];
    const states: InboxState[] = [];
    const resyncs: InboxResync[] = [];
    let badge = 0;
    const client = new SignalClient({
      url: first.stream,
      webSocket: WebSocket,
      token: () => world.token(user),
      backoff: { initialMs: 300, maxMs: 300 },
      resume: { lastSequence: 0 },
    });
    const closed = new Promise<void>((resolve) => client.onClose(() => resolve()));
    client.onInboxState((state) => states.push(state));
    client.onResync((resync) => resyncs.push(resync));
    client.onMessage((topic, data) => {
      badge = (data as { unread?: number }).unread ?? badge;
      if (topic === CREATED) sequences.push((data as Created).notification.sequence);
    });
    client.connect();
    await eventually(() => sequences.length === 2);
    for (const session of [...first.app.get(SessionRegistry).ofUser(user)]) {
      first.app.get(Delivery).close(session, CLOSINGS.shutdown);
    }
    await closed;
    await store(second, [user], 2);
    await eventually(() => sequences.length === 4);
    expect(sequences).toEqual([1, 2, 3, 4]);
    expect(resyncs).toEqual([]);
    await call(user, 'PATCH', '/notifications/read-all');
    await eventually(() => badge === 0);
    expect(client.inboxPosition).toEqual({ lastSequence: 4, lastRevision: 5 });
    expect(states.map(({ lastSequence }) => lastSequence)).toEqual([2, 4]);
    client.close();
  });
});

const queriesOf = async (metrics: Metrics): Promise<number> => {
  const text = await metrics.render();
  return Number(/^signal_resume_queries_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? 0);
};
