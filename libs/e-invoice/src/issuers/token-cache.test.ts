import fc from 'fast-check';
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

describe('any order of calls, waits and refusals', () => {
  type Step = { readonly kind: 'GET' | 'WAIT' | 'DROP' | 'FAIL'; readonly ms: number };
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('GET', 'WAIT', 'DROP', 'FAIL'),
    ms: fc.integer({ min: 0, max: 4_000 }),
  });

  it('gives only tokens that live, none that was refused, and asks no oftener than it must', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, cache, fetch, asked } = setup(10_000);
        const born = new Map<string, number>();
        const refused = new Set<string>();
        let last = '';
        let forced = 0;
        for (const { kind, ms } of steps) {
          if (kind === 'WAIT') clock.ms += ms;
          if (kind === 'DROP' && last !== '') {
            cache.drop('a', last);
            refused.add(last);
          }
          if (kind === 'FAIL') {
            const outcome = await cache.get('a', () => Promise.reject(new Error('down'))).catch(() => 'failed');
            if (outcome !== 'failed') last = outcome;
          }
          if (kind !== 'GET') continue;
          const known = asked.length;
          last = await cache.get('a', fetch);
          if (asked.length > known) {
            forced += 1;
            born.set(last, clock.ms);
          }
          expect(refused.has(last)).toBe(false);
          expect(clock.ms).toBeLessThan((born.get(last) ?? 0) + 10_000 - 1_000 + 1);
        }
        expect(asked).toHaveLength(forced);
      }),
    );
  });

  it('asks once, however many wait, whether it succeeds or fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.boolean(), async (callers, works) => {
        const { cache, fetch, asked } = setup();
        let failures = 0;
        const failing = async (): Promise<never> => {
          failures += 1;
          await Promise.resolve();
          throw new Error('down');
        };
        const results = await Promise.allSettled(
          Array.from({ length: callers }, () => cache.get('a', works ? fetch : failing)),
        );
        expect(new Set(results.map(({ status }) => status))).toEqual(new Set([works ? 'fulfilled' : 'rejected']));
        expect([asked.length, failures]).toEqual(works ? [1, 0] : [0, 1]);
      }),
    );
  });
});
