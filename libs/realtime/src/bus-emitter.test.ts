import { Logger, Metrics } from '@nx/observability';
import { eventually, reserveFreePort, privateRedis } from '@nx/testing';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { BusEmitter } from './bus-emitter';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function emitter(url: string): { bus: BusEmitter; metrics: Metrics } {
  const metrics = new Metrics({ processMetrics: false });
  const logger = Logger.create({ service: 'test', mode: 'test', level: 'silent' });
  const bus = new BusEmitter({ redis: { mode: 'single', url, nodes: [] }, logger, metrics });
  closers.push(() => bus.close());
  return { bus, metrics };
}

/** Everything that a server of the bus would hear. */
async function listen(url: string): Promise<[string, string][]> {
  const heard: [string, string][] = [];
  const redis = new Redis(url);
  closers.push(() => redis.disconnect());
  redis.on('message', (channel, body) => heard.push([channel, body]));
  redis.on('pmessage', (_pattern, channel, body) => heard.push([channel, body]));
  await redis.subscribe('ws:broadcast');
  await redis.psubscribe('ws:room:*', 'ws:client:*', 'ws:user:*');
  return heard;
}

describe('BusEmitter', () => {
  it('writes channels and bodies byte for byte', async () => {
    const { url, stop } = await privateRedis();
    closers.push(stop);
    const heard = await listen(url);
    const { bus } = emitter(url);
    await eventually(() => bus.isReady());
    bus.toClient('c-1', 'payment.updated', { a: 1 });
    bus.toUser('u-1', 'payment.updated', { a: 1 });
    bus.toRoom('r-1', 'e', 'x', ['c-1']);
    bus.toRoom('signal/notification/u', 'e', { gone: undefined });
    bus.broadcast('e', [1]);
    bus.broadcast('e', undefined);
    await eventually(() => heard.length === 6);
    expect(heard).toEqual([
      [
        'ws:client:c-1',
        '{"serverId":"emitter","type":"client","target":"c-1","event":"payment.updated","data":{"a":1}}',
      ],
      ['ws:user:u-1', '{"serverId":"emitter","type":"user","target":"u-1","event":"payment.updated","data":{"a":1}}'],
      ['ws:room:r-1', '{"serverId":"emitter","type":"room","target":"r-1","event":"e","data":"x","exclude":["c-1"]}'],
      [
        'ws:room:signal/notification/u',
        '{"serverId":"emitter","type":"room","target":"signal/notification/u","event":"e","data":{}}',
      ],
      ['ws:broadcast', '{"serverId":"emitter","type":"broadcast","event":"e","data":[1]}'],
      ['ws:broadcast', '{"serverId":"emitter","type":"broadcast","event":"e"}'],
    ]);
  });

  it('drops while Redis is away, sends nothing of it later, and is back by itself', async () => {
    const port = await reserveFreePort();
    const { bus, metrics } = emitter(`redis://127.0.0.1:${port}`);
    expect(bus.isReady()).toBe(false);
    bus.broadcast('stale', 1);
    const { url, stop } = await privateRedis({ port });
    closers.push(stop);
    const heard = await listen(url);
    await eventually(() => bus.isReady());
    bus.broadcast('fresh', 2);
    await eventually(() => heard.length > 0);
    expect(heard.map(([, body]) => (JSON.parse(body) as { event: string }).event)).toEqual(['fresh']);
    await eventually(async () => /outcome="sent"\} 1/.test(await metrics.render()));
    expect(await metrics.render()).toMatch(/outcome="dropped"\} 1/);
  });

  it('never throws into the caller', async () => {
    const { url, stop } = await privateRedis();
    closers.push(stop);
    const { bus, metrics } = emitter(url);
    await eventually(() => bus.isReady());
    expect(() => bus.broadcast('e', { amount: 1n })).not.toThrow();
    expect(await metrics.render()).toMatch(/outcome="failed"\} 1/);
  });
});
