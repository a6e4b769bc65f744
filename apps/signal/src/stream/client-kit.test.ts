import { SignalClient, type ClosedInfo, type SignalClientOptions } from '@nx/signal-client';
import { eventually } from '@nx/testing';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { World, type Instance } from '../signal.fixture';
import { Delivery } from './delivery';
import { CLOSINGS } from './frames';
import type { Session } from './session';
import { SessionRegistry } from './session-registry';

let world: World;
let strict: Instance;

beforeAll(async () => {
  world = await World.start();
  strict = await world.instance({ APP_ENV_WEBSOCKET_STRICT: 'true' });
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const push = (room: string, event: string): Promise<number> =>
  world.bus.publish('ws:room:x', JSON.stringify({ serverId: 'x', type: 'room', target: room, event, data: { n: 1 } }));

interface Recorded {
  readonly client: SignalClient;
  readonly topics: string[];
  readonly ids: string[];
  readonly failures: string[];
  readonly closes: ClosedInfo[];
}

const dialects = ['websocket', 'socket.io'] as const;

const record = (options: Pick<SignalClientOptions, 'dialect' | 'token'>): Recorded => {
  const client = new SignalClient({
    url: strict.stream,
    ...(options.dialect === 'socket.io' ? {} : { webSocket: WebSocket }),
    backoff: { initialMs: 20, maxMs: 50 },
    ...options,
  });
  const recorded: Recorded = { client, topics: [], ids: [], failures: [], closes: [] };
  client.onMessage((topic) => recorded.topics.push(topic));
  client.onConnected((info) => recorded.ids.push(info.id));
  client.onError((error) => recorded.failures.push(error.message));
  client.onClose((info) => recorded.closes.push(info));
  return recorded;
};

describe.each(dialects)('the client kit in the dialect %s', (dialect) => {
  it('speaks with a strict server, joins, renews, and comes back by itself', async () => {
    const token = (): Promise<string> => world.token('u-1', { merchantIds: 'm-1' });
    const { client, topics, ids, failures, closes } = record({ dialect, token });
    client.join(['payment/merchants/m-1', 'payment/merchants/m-2']);
    client.connect();
    await eventually(() => ids.length === 1);
    const heard = (topic: string) => async (): Promise<boolean> => {
      await push('payment/merchants/m-1', topic);
      return topics.includes(topic);
    };
    await eventually(heard('first'));
    await client.renew();
    await push('payment/merchants/m-2', 'foreign');
    const operator = `Bearer ${await world.operatorToken()}`;
    await world.grantOperators();
    await eventually(async () => {
      const path = `/v1/api/signal/socket/websocket/clients/${ids[0] ?? ''}/disconnect`;
      const answer = await fetch(`${strict.http}${path}`, { method: 'POST', headers: { authorization: operator } });
      return answer.status === 200;
    });
    await eventually(() => ids.length === 2);
    await eventually(heard('again'));
    expect(topics).not.toContain('foreign');
    expect(failures).toEqual([]);
    client.close();
    await eventually(() => closes.length === 2);
    expect(closes).toEqual([
      { code: 1008, reason: 'Disconnected by an operator', willReconnect: true },
      expect.objectContaining({ code: 1000, willReconnect: false }),
    ]);
  });

  it('gives up on a refused fixed token', async () => {
    const { client, failures, closes } = record({ dialect, token: 'stolen' });
    client.connect();
    await eventually(() => closes.length === 1);
    expect(closes).toEqual([{ code: 4003, reason: 'Authentication failed', willReconnect: false }]);
    expect(failures).toEqual(['Authentication failed']);
  });

  it('tells that its token expired, fetches another and goes on; a stop of the server is no error', async () => {
    const lifetimes = [2, 600, 600];
    const token = (): Promise<string> => world.token('u-2', {}, lifetimes.shift());
    const { client, ids, failures, closes } = record({ dialect, token });
    client.connect();
    await eventually(() => ids.length === 2);
    expect(failures).toEqual(['Token expired']);
    expect(closes).toEqual([{ code: 4003, reason: 'Token expired', willReconnect: true }]);
    strict.app.get(Delivery).close(strict.app.get(SessionRegistry).find(ids[1] ?? '') as Session, CLOSINGS.shutdown);
    await eventually(() => ids.length === 3);
    expect(closes[1]).toEqual({ code: 1001, reason: 'Server shutting down', willReconnect: true });
    expect(failures).toHaveLength(1);
    client.close();
  });
});

it('says what the plain dialect lacks', () => {
  expect(() => new SignalClient({ url: 'ws://localhost/stream', token: 'x' })).toThrow(/webSocket/);
});
