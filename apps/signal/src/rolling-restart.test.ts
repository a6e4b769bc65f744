import { processEnvironment } from '@nx/config';
import { eventually, openWire, privateRedis, testInfra, type PrivateRedis, type Wire } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InboxCopies } from './inbox-copies.fixture';
import type { CopyReport } from './inbox-copies.messages.fixture';
import { Fleet } from './rolling-restart.fixture';
import { World } from './signal.fixture';

const LONG = processEnvironment()['TEST_LONG'] === '1';
const CLIENTS = LONG ? 10_000 : 500;
/** So that no client waits for the keys of thousands of others; see `InboxCopies`. */
const CLIENT_PROCESSES = LONG ? 8 : 2;
/** Every so many of them speaks Socket.IO, the others the plain dialect. */
const SOCKET_IO_EVERY = 4;
/** Two clients of each user. */
const USERS = CLIENTS / 2;
const PER_EVENT = LONG ? 500 : 50;
const EVENT_EVERY_MS = LONG ? 500 : 100;

let world: World;
let fleet: Fleet;
let kafka: Wire;
let copies: InboxCopies | undefined;
let redis: PrivateRedis | undefined;

beforeAll(async () => {
  world = await World.start();
  await world.grantOperators();
  kafka = await openWire((await testInfra()).kafkaBrokers[0] ?? '', { kafka: true });
  fleet = await Fleet.start(world, 2, {
    APP_ENV_KAFKA_BROKERS: kafka.through,
    APP_ENV_WEBSOCKET_MAX_PER_IP: '0',
    APP_ENV_WEBSOCKET_REGISTRY_MS: '300',
    APP_ENV_KAFKA_SESSION_TIMEOUT_MS: '6000',
  });
}, 180_000);

afterAll(async () => {
  copies?.kill();
  kafka.mend();
  await fleet.close();
  await kafka.close();
  await world.stop();
  await redis?.stop();
}, 60_000);

const userOf = (index: number): string => `user-${index % USERS}`;

/** What happens to the instances, one after the other; once one dies without a word. */
function restarts(): readonly (readonly [number, 'SIGTERM' | 'SIGKILL'])[] {
  const [first = 0, second = 0] = fleet.ports;
  return [...(LONG ? ([[first, 'SIGTERM']] as const) : []), [second, 'SIGTERM'], [first, 'SIGKILL']];
}

/** Redis comes back with nothing of what it held. */
async function emptyRedis(): Promise<void> {
  const port = Number(new URL(world.redis.url).port);
  await world.redis.stop();
  redis = await privateRedis({ port });
}

/** The brokers are away until the instances say so. */
async function loseKafka(): Promise<void> {
  kafka.cut();
  await eventually(async () => (await Promise.all(fleet.ports.map((port) => fleet.isReady(port)))).every((ok) => !ok), {
    timeoutMs: 60_000,
  });
  kafka.mend();
}

/** Events for ever other groups of users, until it is told to end; resolves with their number. */
function flow(): { stop(): Promise<number> } {
  let said = 0;
  let running = true;
  const run = async (): Promise<void> => {
    while (running) {
      said += 1;
      const recipientIds = Array.from({ length: PER_EVENT }, (_user, at) => userOf(said * PER_EVENT + at));
      const value = { eventId: `event-${said}`, eventType: 'PAYMENT_SUCCESS', recipientScope: 'users', recipientIds };
      await world.produce({ key: `m-${said % 7}`, value: { ...value, data: { orderNumber: `SO-${said}` } } });
      await new Promise((resolve) => setTimeout(resolve, EVENT_EVERY_MS));
    }
  };
  const ran = run();
  // Whoever stops it hears of it; without that a failed test has told enough.
  ran.catch(() => undefined);
  return {
    stop: async () => {
      running = false;
      await ran;
      return said;
    },
  };
}

interface Listed {
  readonly count: number;
  readonly clients: readonly { readonly instance: string }[];
}

const listedBy = async (port: number): Promise<number> => {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/api/signal/socket/websocket/clients?limit=1`, {
    headers: { authorization: `Bearer ${await world.operatorToken()}` },
  });
  return ((await answer.json()) as Listed).count;
};

describe(`${CLIENTS} clients of both dialects while the instances are restarted one after the other, Redis is emptied and Kafka lost`, () => {
  it('end with exactly their inbox, in order, and the stored badge', async () => {
    const tokens = await Promise.all(
      Array.from({ length: USERS }, (_user, index) => world.token(userOf(index), {}, 3_600)),
    );
    const clients = await InboxCopies.start(
      {
        streams: fleet.streams,
        count: CLIENTS,
        userOf,
        tokenOf: (index) => tokens[index % USERS] ?? '',
        dialectOf: (index) => (index % SOCKET_IO_EVERY === 0 ? 'socket.io' : 'websocket'),
      },
      CLIENT_PROCESSES,
    );
    copies = clients;
    const events = flow();
    await Promise.all([emptyRedis(), loseKafka()]);
    for (const [port, signal] of restarts()) {
      await fleet.end(port, signal);
      const at = fleet.ports.indexOf(port);
      await eventually(
        async () => {
          const { connected, failures } = await clients.state();
          if (connected[at] === 0 && connected.reduce((sum, count) => sum + count, 0) === CLIENTS) return true;
          throw new Error(JSON.stringify({ connected, failures }));
        },
        { timeoutMs: 120_000, everyMs: 250 },
      );
      const other = fleet.ports.find((each) => each !== port) ?? 0;
      // Nobody is listed twice: what the ended instance had written of its clients is gone soon.
      await eventually(async () => (await listedBy(other)) === CLIENTS, { timeoutMs: 60_000, everyMs: 250 });
      await fleet.begin(port);
    }
    const said = await events.stop();

    await eventually(
      async () =>
        Number((await world.rows<{ n: string }>('SELECT count(*) AS n FROM signal."NotificationEvent"'))[0]?.n) ===
        said,
      { timeoutMs: 120_000 },
    );
    const stored = await inboxes();
    expect([...stored.values()].reduce((sum, { ids }) => sum + ids.length, 0)).toBe(said * PER_EVENT);
    const isComplete = ({ userId, ids }: CopyReport): boolean => ids.length === stored.get(userId)?.ids.length;
    await eventually(async () => (await clients.report()).every(isComplete), {
      timeoutMs: 60_000,
      everyMs: 500,
    }).catch(() => undefined);
    const reports = await clients.report();
    expect(reports.length).toBe(CLIENTS);
    for (const { userId, ids, unread, faults } of reports) {
      expect({ userId, faults, ids, unread }).toEqual({ userId, faults: [], ...stored.get(userId) });
    }
    expect(Math.max(...reports.map(({ connections }) => connections))).toBeGreaterThan(1);
    await clients.stop();
  }, 900_000);
});

/** What the database says: ids in the order of their sequence, which has no gap, and the badge. */
async function inboxes(): Promise<Map<string, { ids: string[]; unread: number }>> {
  const rows = await world.rows<{ recipient_id: string; id: string; sequence: string; unread: number }>(
    `SELECT n.recipient_id, n.id, n.sequence, s.unread FROM signal."ActivityNotification" n
       JOIN signal."RecipientState" s USING (recipient_id) ORDER BY n.recipient_id, n.sequence`,
  );
  const all = new Map<string, { ids: string[]; unread: number }>();
  for (const { recipient_id: user, id, sequence, unread } of rows) {
    const inbox = all.get(user) ?? { ids: [], unread };
    inbox.ids.push(id);
    expect(Number(sequence)).toBe(inbox.ids.length);
    all.set(user, inbox);
  }
  return all;
}
