import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { loadConfig, RedisConfig, type RateLimitConfig } from '@nx/config';
import { Metrics } from '@nx/observability';
import { ManualClock, privateRedis, type PrivateRedis } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failFastRedis, installAddressLimit, RateLimiter } from './rate-limit';
import type { HttpRequest } from './request';
import { isLoopback } from './loopback';

let redis: PrivateRedis;
const limits: RateLimitConfig = { perSubjectPerMinute: 3, perIpPerMinute: 5, claimPerIpPerMinute: 2 };
const clock = new ManualClock();
const open: RateLimiter[] = [];

const limiter = (metrics = new Metrics({ processMetrics: false }), config = limits): RateLimiter => {
  const made = new RateLimiter(
    failFastRedis(loadConfig(RedisConfig, { APP_ENV_REDIS_URL: redis.url })),
    config,
    clock,
    metrics,
  );
  open.push(made);
  return made;
};

beforeAll(async () => {
  redis = await privateRedis();
});

afterAll(async () => {
  for (const each of open) each.close();
  await redis.stop();
});

/** How many of `uses` pass. */
const passing = async (uses: number, use: () => Promise<void>): Promise<number> => {
  let passed = 0;
  for (let index = 0; index < uses; index += 1) {
    passed += await use().then(
      () => 1,
      () => 0,
    );
  }
  return passed;
};

/** The first command may come before the connection is there; then it passes uncounted. */
const connected = async (of: RateLimiter): Promise<void> => {
  const name = `warm-${open.indexOf(of)}-`;
  let turn = 0;
  await expect.poll(async () => passing(4, () => of.subject(`${name}${turn}`)).finally(() => (turn += 1))).toBe(3);
};

describe('rate limits', () => {
  it('are shared by replicas, per minute, and say when to come back', async () => {
    const [one, two] = [limiter(), limiter()];
    await Promise.all([connected(one), connected(two)]);
    expect(await passing(2, () => one.subject('u1'))).toBe(2);
    expect(await passing(2, () => two.subject('u1'))).toBe(1);
    const refused = await one.subject('u1').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'request.rate_limited' });
    expect((refused as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect((refused as { retryAfterSeconds: number }).retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(await passing(1, () => one.subject('u2'))).toBe(1);
    clock.advance(60_000);
    expect(await passing(1, () => one.subject('u1'))).toBe(1);
  });

  it('are narrower for claim pages, absent for callbacks, and off at 0', async () => {
    const one = limiter();
    await connected(one);
    expect(await passing(4, () => one.address('1.1.1.1', 'claim'))).toBe(2);
    expect(await passing(9, () => one.address('2.2.2.2', 'standard'))).toBe(5);
    expect(await passing(9, () => one.address('2.2.2.2', 'none'))).toBe(9);
    const off = limiter(new Metrics({ processMetrics: false }), { ...limits, perIpPerMinute: 0 });
    await connected(off);
    expect(await passing(9, () => off.address('2.2.2.2', 'standard'))).toBe(9);
  });

  it('let pass and count when Redis is away', async () => {
    const metrics = new Metrics({ processMetrics: false });
    const config = loadConfig(RedisConfig, { APP_ENV_REDIS_URL: 'redis://127.0.0.1:1' });
    const blind = new RateLimiter(failFastRedis(config), limits, clock, metrics);
    open.push(blind);
    const started = performance.now();
    expect(await passing(20, () => blind.subject('u1'))).toBe(20);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(await metrics.render()).toContain('http_rate_limit_unavailable_total 20');
  });

  it('answer before the body is read', async () => {
    const server = Fastify({ trustProxy: 'loopback' });
    const one = limiter();
    await connected(one);
    installAddressLimit(server, one);
    server.post('/', { config: {} }, () => ({}));
    const send = (address: string) =>
      server.inject({ method: 'POST', url: '/', headers: { 'x-forwarded-for': address }, payload: {} });
    for (let index = 0; index < 5; index += 1) expect((await send('9.9.9.9')).statusCode).toBe(200);
    expect((await send('9.9.9.9')).statusCode).not.toBe(200);
    expect((await send('9.9.9.8')).statusCode).toBe(200);
    await server.close();
  });
});

describe('the rule of loopback', () => {
  it('needs the peer, the host name and no sign of a proxy or browser', async () => {
    const server = createServer((request, response) =>
      response.end(String(isLoopback({ raw: request, headers: request.headers } as HttpRequest))),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const fastify = Fastify();
    fastify.get('/', (request) => ({ local: isLoopback(request) }));
    const ask = async (headers: Record<string, string>, remoteAddress = '127.0.0.1'): Promise<boolean> =>
      (await fastify.inject({ url: '/', headers: { host: `localhost:${port}`, ...headers }, remoteAddress })).json<{
        local: boolean;
      }>().local;
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('true');
    expect(await ask({})).toBe(true);
    expect(await ask({}, '::1')).toBe(true);
    expect(await ask({}, '::ffff:127.0.0.1')).toBe(true);
    expect(await ask({}, '10.0.0.1')).toBe(false);
    expect(await ask({ host: 'evil.example' })).toBe(false);
    for (const name of ['origin', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']) {
      expect([name, await ask({ [name]: 'x' })]).toEqual([name, false]);
    }
    await fastify.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
