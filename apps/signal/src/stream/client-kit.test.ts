import { SignalClient } from '@nx/signal-client';
import { eventually } from '@nx/testing';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { World, type Instance } from '../signal.fixture';

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

describe('the client kit', () => {
  it('speaks with a strict server, joins, renews, and comes back by itself', async () => {
    const topics: string[] = [];
    const ids: string[] = [];
    const failures: string[] = [];
    const client = new SignalClient({
      url: strict.stream,
      webSocket: WebSocket,
      token: () => world.token('u-1', { merchantIds: 'm-1' }),
      backoff: { initialMs: 20, maxMs: 50 },
    });
    client.onMessage((topic) => topics.push(topic));
    client.onConnected((info) => ids.push(info.id));
    client.onError((error) => failures.push(error.message));
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
  });
});
