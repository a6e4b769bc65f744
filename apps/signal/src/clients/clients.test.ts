import { eventually } from '@nx/testing';
import { routesOf } from '@nx/authz';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { World, type Instance } from '../signal.fixture';

let world: World;
let first: Instance;
let second: Instance;
let a: ForeignClient;
let b: ForeignClient;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

beforeAll(async () => {
  world = await World.start();
  await world.grantOperators();
  [first, second] = await Promise.all([world.instance(), world.instance({ APP_ENV_WEBSOCKET_REGISTRY_MS: '100' })]);
  a = await ForeignClient.connect(first.stream, await world.token('u-1'));
  b = await ForeignClient.connect(second.stream, await world.token('u-2'));
  // What one instance writes, the other one reads a moment later.
  await eventually(async () => (await call('GET', '')).body['count'] === 2);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const call = async (method: string, path: string, body?: object, token?: string, at = first): Promise<Answer> => {
  const answer = await fetch(`${at.http}/v1/api/signal/socket/websocket/clients${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token ?? (await world.operatorToken())}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describe('sockets of all instances, for operators', () => {
  it('shows a public status', async () => {
    const answer = await fetch(`${first.http}/v1/api/signal/socket/websocket/clients/status`);
    expect(await answer.json()).toEqual({ ready: true, count: 1 });
  });

  it('lists the clients of every instance, page by page', async () => {
    for (const at of [first, second]) {
      await eventually(async () => (await call('GET', '', undefined, undefined, at)).body['count'] === 2);
      const { body } = await call('GET', '', undefined, undefined, at);
      const clients = body['clients'] as Record<string, unknown>[];
      expect(clients.map((client) => client['id'])).toEqual([a.id, b.id]);
      expect(clients[1]).toMatchObject({ userId: 'u-2', transport: 'websocket' });
      expect(clients[1]?.['rooms']).toEqual([b.id, 'ws-default', 'ws-notification', 'signal/notification/u-2']);
    }
    const page = (await call('GET', '?limit=1')).body;
    expect(page['count']).toBe(2);
    const rest = (await call('GET', `?limit=1&cursor=${String(page['nextCursor'])}`)).body;
    expect((rest['clients'] as { id: string }[]).map(({ id }) => id)).toEqual([b.id]);
    expect(rest['nextCursor']).toBeNull();
  });

  it('reads one client of any instance', async () => {
    expect((await call('GET', `/${b.id}`)).body).toMatchObject({ id: b.id, userId: 'u-2' });
    expect(await call('GET', '/none')).toMatchObject({ status: 404, body: { code: 'signal.client.not_found' } });
  });

  it('sends to one client, a room and everybody', async () => {
    const send = async (path: string, topic: string): Promise<unknown> =>
      (await call('POST', path, { topic, data: { n: 1 } })).body['delivered'];
    expect(await send(`/${b.id}/send`, 'one')).toBe(1);
    expect(await send(`/rooms/${encodeURIComponent('signal/notification/u-1')}/send`, 'room')).toBe(1);
    expect(await send('/rooms/ws-default/send', 'default')).toBe(2);
    expect(await send('/broadcast', 'all')).toBe(2);
    await Promise.all([a.push('all'), b.push('all')]);
    expect(a.topics()).toEqual(['room', 'default', 'all']);
    expect(b.topics()).toEqual(['one', 'default', 'all']);
    expect(a.pushes[0]).toEqual({ event: 'room', data: { n: 1 } });
    expect((await call('POST', '/none/send', { topic: 't' })).status).toBe(404);
  });

  it('refuses bad input and everybody else', async () => {
    expect((await call('POST', '/broadcast', { data: 1 })).status).toBe(422);
    expect((await call('POST', '/broadcast', { topic: 't', more: 1 })).status).toBe(422);
    expect((await call('POST', `/rooms/${encodeURIComponent('ws:room:x')}/send`, { topic: 't' })).status).toBe(422);
    const owner = await world.token('u-3', {
      roles: [{ id: 'r', identifier: '500_owner', priority: 500 }],
      merchantIds: 'm-1',
    });
    for (const [method, path] of [
      ['GET', ''],
      ['GET', `/${a.id}`],
      ['POST', '/broadcast'],
      ['POST', `/${a.id}/disconnect`],
    ] as const) {
      expect((await call(method, path, method === 'POST' ? { topic: 't' } : undefined, owner)).status).toBe(403);
    }
  });

  it('disconnects a client of another instance', async () => {
    expect((await call('POST', `/${b.id}/disconnect`)).body).toEqual({ success: true, message: 'Client disconnected' });
    expect((await b.closed).code).toBe(1008);
    await eventually(async () => (await call('GET', '')).body['count'] === 1);
  });

  it('writes every call down, once and for all, and those that find nobody as well', async () => {
    const read = (from: number): Promise<Record<string, unknown>[]> =>
      world.rows(
        `SELECT actor_id, action, target, topic, data_bytes, request_id IS NOT NULL AS asked
           FROM signal."SocketAudit" ORDER BY created_at, id OFFSET $1`,
        [from],
      );
    const before = (await read(0)).length;
    const sending = { topic: 't', data: { n: 1 } };
    const room = 'signal/notification/u-1';
    const calls: [string, string, object | undefined, number, object][] = [
      ['GET', '', undefined, 200, { action: 'list' }],
      ['GET', `/${a.id}`, undefined, 200, { action: 'read', target: a.id }],
      ['GET', '/none', undefined, 404, { action: 'read', target: 'none' }],
      ['POST', '/broadcast', sending, 200, { action: 'broadcast' }],
      ['POST', `/rooms/${encodeURIComponent(room)}/send`, sending, 200, { action: 'send_room', target: room }],
      ['POST', `/${a.id}/send`, sending, 200, { action: 'send_client', target: a.id }],
      ['POST', '/none/send', sending, 404, { action: 'send_client', target: 'none' }],
      ['POST', '/none/disconnect', undefined, 404, { action: 'disconnect', target: 'none' }],
    ];
    for (const [method, path, body, status] of calls) {
      expect([path, (await call(method, path, body)).status]).toEqual([path, status]);
    }
    const who = { actor_id: 'operator-1', asked: true, target: null, topic: null, data_bytes: null };
    expect(await read(before)).toEqual(
      calls.map(([, , body, , row]) => ({
        ...who,
        ...(body === undefined ? {} : { topic: 't', data_bytes: 7 }),
        ...row,
      })),
    );
    // Who may not do it is turned away before, and nothing of it is done.
    const ended = (await read(0)).filter(({ action }) => action === 'disconnect').map(({ target }) => target);
    expect(ended).toEqual([b.id, 'none']);
    for (const sql of [
      'UPDATE signal."SocketAudit" SET actor_id = \'x\'',
      'DELETE FROM signal."SocketAudit"',
      'TRUNCATE signal."SocketAudit"',
    ]) {
      await expect(world.rows(sql)).rejects.toThrow('written once');
    }
  });

  it('forgets an instance that died, and finds its list again after Redis was wiped', async () => {
    await world.bus.flushall();
    await eventually(async () => (await call('GET', '')).body['count'] === 1);
    await world.bus.zadd('nx:signal:instances', 1, 'dead');
    await world.bus.hset('nx:signal:clients:dead', 'ghost', '{"id":"ghost","rooms":[]}');
    expect((await call('GET', '')).body['count']).toBe(1);
  });

  it('renews the list by a sign of life and does not write it anew', async () => {
    const calls = async (command: string): Promise<number> => {
      const stats = await world.bus.info('commandstats');
      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    };
    const clients = await Promise.all(
      Array.from({ length: 10 }, async () => ForeignClient.connect(second.stream, await world.token('u-9'))),
    );
    await eventually(async () => (await call('GET', '')).body['count'] === 1 + clients.length);
    // The instances write what has changed some moments later; then they are still.
    let [before, renewed] = [-1, 0];
    await eventually(
      async () => {
        const now = await calls('hset');
        const isStill = now === before;
        before = now;
        return isStill;
      },
      { everyMs: 200 },
    );
    renewed = await calls('zadd');
    await eventually(async () => (await calls('zadd')) >= renewed + 12);
    // The whole list may be due once by chance, on either instance.
    expect((await calls('hset')) - before).toBeLessThanOrEqual(1 + clients.length);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('leaves no route without a policy', () => {
    const routes = routesOf(first.app);
    expect(routes.length).toBeGreaterThan(12);
    expect(routes.filter(({ policy }) => policy === null)).toEqual([]);
  });

  it('documents every operation', async () => {
    const document = (await (await fetch(`${first.http}/v1/api/signal/doc/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { summary?: string; tags?: string[]; responses: object }>>;
    };
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.length).toBeGreaterThan(12);
    for (const operation of operations) {
      expect(operation.summary).toBeTruthy();
      expect(operation.tags).toHaveLength(1);
      expect(Object.keys(operation.responses)).toContain('500');
    }
  });
});
