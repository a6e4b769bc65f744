import { describe, expect, it } from 'vitest';
import { TokenCache } from './token-cache';

function setup(lifetimeMs = 10_000) {
  const clock = { ms: 0 };
  const asked: string[] = [];
  const cache = new TokenCache({ now: () => clock.ms, refreshEarlyMs: 1_000 });
  const fetch = async () => {
    const token = `token-${asked.length + 1}`;
    asked.push(token);
    await Promise.resolve();
    return { token, expiresAtMs: clock.ms + lifetimeMs };
  };
  return { clock, asked, cache, fetch };
}

describe('TokenCache', () => {
  it('asks once for any number of callers at once', async () => {
    const { cache, fetch, asked } = setup();
    const tokens = await Promise.all(Array.from({ length: 50 }, () => cache.get('a', fetch)));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(asked).toHaveLength(1);
  });

  it('keeps accounts apart', async () => {
    const { cache, fetch } = setup();
    expect(await Promise.all([cache.get('a', fetch), cache.get('b', fetch)])).toEqual(['token-1', 'token-2']);
  });

  it('asks anew shortly before the end', async () => {
    const { cache, fetch, clock } = setup();
    await cache.get('a', fetch);
    clock.ms = 8_999;
    expect(await cache.get('a', fetch)).toBe('token-1');
    clock.ms = 9_000;
    expect(await cache.get('a', fetch)).toBe('token-2');
  });

  it('drops a refused token once, not its successor', async () => {
    const { cache, fetch } = setup();
    const first = await cache.get('a', fetch);
    cache.drop('a', first);
    expect(await cache.get('a', fetch)).toBe('token-2');
    cache.drop('a', first);
    expect(await cache.get('a', fetch)).toBe('token-2');
  });

  it('gives a failure to every caller who waits and forgets it', async () => {
    const { cache, fetch } = setup();
    const failing = () => Promise.reject(new Error('down'));
    const results = await Promise.allSettled([cache.get('a', failing), cache.get('a', failing)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await cache.get('a', fetch)).toBe('token-1');
  });

  it('forgets a fetch that throws before it returns a promise', async () => {
    const { cache, fetch } = setup();
    const throwing = (): never => {
      throw new Error('bad settings');
    };
    await expect(cache.get('a', throwing)).rejects.toThrow('bad settings');
    expect(await cache.get('a', fetch)).toBe('token-1');
  });
});
