import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROLES } from '@nx/contracts';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { ForeignSocketIoClient } from '../foreign-socket-io-client.fixture';
import { World, type Instance } from '../signal.fixture';
import { meaningOf, parseRoomRule } from './room-name';
import { SessionRegistry } from './session-registry';

/** The owner service of `payment/transactions/…`: knows t-1 of merchant m-1 and t-2 of organizer o-2. */
const owners: Record<string, object> = {
  'payment/transactions/t-1': { name: 'payment/transactions/t-1', merchantId: 'm-1', organizerId: null },
  'payment/transactions/t-2': { merchantId: null, organizerId: 'o-2' },
  'payment/transactions/t-3': {},
  'payment/transactions/t-4': { merchantId: 'm-4', organizerId: 'o-4' },
};
const questions: { name: string; authorization: string | undefined }[] = [];

let world: World;
let first: Instance;
let second: Instance;
let resolver: Server;

beforeAll(async () => {
  world = await World.start();
  resolver = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const name = url.searchParams.get('name') ?? '';
    questions.push({ name, authorization: request.headers.authorization });
    const owner = url.pathname === '/internal/api/rooms' ? owners[name] : undefined;
    response.writeHead(owner === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(owner ?? {}));
  });
  await new Promise<void>((resolve) => resolver.listen(0, '127.0.0.1', resolve));
  const { port } = resolver.address() as AddressInfo;
  const extra = {
    APP_ENV_ROOM_RESOLVERS: `payment=http://127.0.0.1:${port}/,invoice=http://127.0.0.1:9`,
    APP_ENV_SERVICE_TOKEN: 'service-token',
    APP_ENV_ROOM_PATTERNS: 'outreach/inquiries,outreach/inquiries/{id},news=users,shop/{id}/board=500_owner',
  };
  [first, second] = await Promise.all([world.instance(extra), world.instance(extra)]);
}, 120_000);

afterAll(async () => {
  await world.stop();
  resolver.closeAllConnections();
  resolver.close();
});

const connect = async (userId: string, claims: object = {}, at = first): Promise<ForeignClient> =>
  ForeignClient.connect(at.stream, await world.token(userId, claims as Record<string, unknown>));

const push = (room: string, event: string): Promise<number> =>
  world.bus.publish(
    `ws:room:${room}`,
    JSON.stringify({ serverId: 'emitter', type: 'room', target: room, event, data: 1 }),
  );

const joined = async (client: ForeignClient, room: string): Promise<boolean> =>
  (await client.join(room)).joined.includes(room);

describe('who may be in which room', () => {
  it('puts everybody into his own rooms', async () => {
    const client = await connect('u-1');
    for (const room of [client.id, 'ws-default', 'ws-notification', 'signal/notification/u-1']) {
      await push(room, `to ${room}`);
      await client.push(`to ${room}`);
    }
    await client.close();
  });

  it('lets in by user, membership and role, and nobody else', async () => {
    const client = await connect('u-1', { merchantIds: 'm-1', organizerIds: 'o-1' });
    const allowed = [
      'payment/merchants/m-1',
      'any/organizers/o-1',
      'signal/users/u-1',
      'news',
      'payment/transactions/t-1',
    ];
    const forbidden = [
      'payment/merchants/m-2',
      'any/organizers/o-2',
      'signal/users/u-2',
      'signal/notification/u-2',
      'payment/transactions/t-2',
      'outreach/inquiries',
      'outreach/inquiries/7',
      'shop/1/board',
      'some/room',
      'payment/merchants/m-1/x',
      'merchants/m-1',
    ];
    const outcome = await client.join(
      ...allowed,
      ...forbidden,
      'payment/transactions/none',
      'invoice/invoices/i-1',
      'payment/transactions/t-3',
    );
    expect(outcome.joined).toEqual(allowed);
    const reasons = Object.fromEntries(outcome.refused.map(({ room, reason }) => [room, reason]));
    for (const room of forbidden) expect([room, reasons[room]]).toEqual([room, 'forbidden']);
    for (const room of ['payment/transactions/none', 'invoice/invoices/i-1', 'payment/transactions/t-3']) {
      expect([room, reasons[room]]).toEqual([room, 'unavailable']);
    }
    await client.close();
  });

  it('refuses what is no name of a room', async () => {
    const client = await connect('u-1');
    const { joined: names, refused } = await client.join('ws:room:x', '', 'x'.repeat(257), 5, null, { a: 1 });
    expect(names).toEqual([]);
    expect(refused.map(({ reason }) => reason)).toEqual(Array(6).fill('invalid'));
    for (const data of [undefined, null, 5, 'x', {}, { rooms: 'ws-default' }, { rooms: null }]) {
      expect(await client.ask('join', data)).toMatchObject({ joined: [], refused: [] });
    }
    await client.close();
  });

  it('stays silent about refusals unless asked', async () => {
    const client = await connect('u-1');
    client.sendSealed({ event: 'join', data: { rooms: ['payment/merchants/m-9', 'ws:room:x'] } });
    await client.join('ws-default');
    expect(client.pushes).toHaveLength(1);
    expect(client.errors).toEqual([]);
    await client.close();
  });

  it('lets operators into the rooms of other services', async () => {
    const client = await ForeignClient.connect(first.stream, await world.operatorToken());
    expect(await joined(client, 'outreach/inquiries')).toBe(true);
    expect(await joined(client, 'outreach/inquiries/17')).toBe(true);
    expect(await joined(client, 'payment/merchants/m-1')).toBe(false);
    await client.close();
  });

  it('asks for an owner with the service token, and remembers answers only', async () => {
    const client = await connect('u-1', { organizerIds: 'o-2' });
    questions.length = 0;
    for (let count = 0; count < 3; count += 1) {
      expect(await joined(client, 'payment/transactions/t-2')).toBe(true);
      expect(await joined(client, 'payment/transactions/unknown')).toBe(false);
    }
    expect(questions.filter(({ name }) => name.endsWith('t-2')).length).toBeLessThanOrEqual(1);
    expect(questions.filter(({ name }) => name.endsWith('unknown'))).toHaveLength(3);
    expect(new Set(questions.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer service-token']));
    await client.close();
  });

  it('stops pushing after leave', async () => {
    const client = await connect('u-1', { merchantIds: 'm-1' });
    await client.join('payment/merchants/m-1');
    await push('payment/merchants/m-1', 'before');
    await client.push('before');
    expect(await client.ask('leave', { rooms: ['payment/merchants/m-1'] })).toMatchObject({
      left: ['payment/merchants/m-1'],
    });
    await push('payment/merchants/m-1', 'after');
    await push('ws-default', 'end');
    await client.push('end');
    expect(client.topics()).not.toContain('after');
    await client.close();
  });
});

/** How a user belongs to merchant m-1 and organizer o-1: by his token, by edges of identity, or not at all. */
const memberships = ['token', 'edges', 'none'] as const;
type Membership = (typeof memberships)[number];

interface Person {
  readonly userId: string;
  readonly role: string;
  readonly membership: Membership;
}

const OPERATORS: readonly string[] = [ROLES.superAdmin, ROLES.admin, ROLES.operator];
const ADMINS: readonly string[] = [ROLES.superAdmin, ROLES.admin];

const everybody = (): boolean => true;
const nobody = (): boolean => false;
const members = ({ membership }: Person): boolean => membership !== 'none';
const operators = ({ role }: Person): boolean => OPERATORS.includes(role);
/** A role that a token names counts in the merchants that the token names. */
const owners500 = ({ role, membership }: Person): boolean =>
  ADMINS.includes(role) || (role === ROLES.owner && membership === 'token');

/** Every kind of room: its name for a person, who may be in it, and what others are told. */
const ROOM_KINDS: readonly [string, (person: Person) => string, (person: Person) => boolean, string?][] = [
  ['everybody', () => 'ws-default', everybody],
  ['everybody, notifications', () => 'ws-notification', everybody],
  ['own notifications', ({ userId }) => `signal/notification/${userId}`, everybody],
  ['own user', ({ userId }) => `payment/users/${userId}`, everybody],
  ['notifications of another', () => 'signal/notification/stranger', nobody],
  ['another user', () => 'payment/users/stranger', nobody],
  ['own merchant', () => 'payment/merchants/m-1', members],
  ['own merchant in another service', () => 'invoice/merchants/m-1', members],
  ['another merchant', () => 'payment/merchants/m-4', nobody],
  ['own organizer', () => 'invoice/organizers/o-1', members],
  ['another organizer', () => 'invoice/organizers/o-4', nobody],
  ['thing of the merchant', () => 'payment/transactions/t-1', members],
  ['thing of the organizer', () => 'payment/transactions/t-5', members],
  ['thing of others', () => 'payment/transactions/t-4', nobody],
  ['thing that nobody knows', () => 'payment/transactions/none', nobody, 'unavailable'],
  ['thing of a service that is away', () => 'invoice/invoices/i-1', nobody, 'unavailable'],
  ['thing of a service without resolver', () => 'shipping/parcels/1', nobody],
  ['pattern of operators', () => 'outreach/inquiries', operators],
  ['pattern of operators with an id', () => 'outreach/inquiries/7', operators],
  ['pattern of all users', () => 'news', everybody],
  ['pattern of a role', () => 'shop/1/board', owners500],
  ['socket of another', () => '5f0c1f6e-0000-4000-8000-000000000000', nobody],
  ['no rule', () => 'some/room', nobody],
  ["the bus's own", () => 'ws:room:payment/merchants/m-1', nobody, 'invalid'],
];

const dialects = {
  websocket: ForeignClient,
  'socket.io': ForeignSocketIoClient,
} as const;

const person = (role: string, membership: Membership): Person => ({
  userId: `matrix-${role}-${membership}`,
  role,
  membership,
});

const tokenOf = ({ userId, role, membership }: Person): Promise<string> => {
  const own = membership === 'token' ? { merchantIds: 'm-1', organizerIds: 'o-1' } : {};
  return world.token(userId, { roles: [{ id: role, identifier: role, priority: Number.parseInt(role, 10) }], ...own });
};

describe('the tenancy matrix', () => {
  beforeAll(async () => {
    owners['payment/transactions/t-5'] = { merchantId: null, organizerId: 'o-1' };
    for (const role of Object.values(ROLES)) {
      const { userId } = person(role, 'edges');
      await world.member(userId, 'Merchant', 'm-1');
      await world.member(userId, 'Organizer', 'o-1');
    }
  });

  const rows = Object.values(ROLES).flatMap((role) =>
    memberships.flatMap((membership) =>
      (['websocket', 'socket.io'] as const).map((dialect) => [role, membership, dialect] as const),
    ),
  );

  it.each(rows)('%s, member by %s, over %s', async (role, membership, dialect) => {
    const who = person(role, membership);
    const client = await dialects[dialect].connect(first.stream, await tokenOf(who));
    const names = ROOM_KINDS.map(([, name]) => name(who));
    const { joined: entered, refused } = await client.join(...names);
    const told = ROOM_KINDS.map(([kind, name]) => {
      const refusal = refused.find(({ room }) => room === name(who));
      return [kind, entered.includes(name(who)) ? 'joined' : refusal?.reason];
    });
    const expected = ROOM_KINDS.map(([kind, , may, otherwise = 'forbidden']) => [
      kind,
      may(who) ? 'joined' : otherwise,
    ]);
    expect(told).toEqual(expected);
    // What is pushed then arrives where it was allowed, and nowhere else.
    for (const name of names) await push(name, `to ${name}`);
    await push('ws-default', 'end');
    await client.push('end');
    const allowed = ROOM_KINDS.filter(([, , may]) => may(who)).map(([, name]) => `to ${name(who)}`);
    expect(client.topics().filter((topic) => topic.startsWith('to '))).toEqual(allowed);
    expect(client.clear.map(({ event }) => event)).toEqual(['connected']);
    await client.close();
  });

  it('is held to when the membership ends, in both dialects', async () => {
    const who = person(ROLES.cashier, 'edges');
    const token = await tokenOf(who);
    const rooms = ROOM_KINDS.filter(([, , may]) => may(who)).map(([, name]) => name(who));
    const clients = [
      await ForeignClient.connect(first.stream, token),
      await ForeignSocketIoClient.connect(first.stream, token),
      await ForeignSocketIoClient.connect(second.stream, token, { transports: ['polling'] }),
    ];
    for (const client of clients) expect((await client.join(...rooms)).joined).toEqual(rooms);
    await world.dismiss(who.userId, 'm-1');
    await world.dismiss(who.userId, 'o-1');
    const outside = ROOM_KINDS.filter(([, , may]) => may({ ...who, membership: 'none' })).map(([, name]) => name(who));
    const isIn = ({ app }: Instance, room: string): boolean =>
      [...app.get(SessionRegistry).inRoom(room)].some(({ userId }) => userId === who.userId);
    await eventually(() =>
      rooms.every((room) => outside.includes(room) || ![first, second].some((at) => isIn(at, room))),
    );
    for (const client of clients) {
      expect((await client.join(...rooms)).joined).toEqual(outside);
      client.pushes.length = 0;
    }
    for (const name of rooms) await push(name, `to ${name}`);
    await push('ws-default', 'end');
    for (const client of clients) {
      await client.push('end');
      expect(client.topics()).toEqual([...outside.map((name) => `to ${name}`), 'end']);
      await client.close();
    }
  });
});

describe('names of rooms', () => {
  it.each([
    ['ws-default', 'default'],
    ['payment/merchants/1', 'merchant'],
    ['x/organizers/1', 'organizer'],
    ['signal/notification/1', 'user'],
    ['payment/transactions/1', 'thing'],
    ['payment/transactions/', 'other'],
    ['/merchants/1', 'other'],
    ['a/b/c/d', 'other'],
    ['merchants/1', 'other'],
  ])('%s is a room of kind %s', (room, kind) => {
    expect(meaningOf(room).kind).toBe(kind);
  });

  it('a rule takes one segment for {id} and every other character as it is', () => {
    const { pattern, audience } = parseRoomRule('a.b/{id}');
    expect(audience).toBe('operators');
    expect(pattern.test('a.b/1')).toBe(true);
    for (const other of ['axb/1', 'a.b/', 'a.b/1/2', 'xa.b/1']) expect(pattern.test(other)).toBe(false);
    expect(parseRoomRule('news=users').audience).toBe('users');
  });
});
