import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ClockMovedBackError,
  EPOCH_MS,
  MAX_SEQUENCE,
  NotFencedError,
  SnowflakeError,
  SnowflakeGenerator,
  compareIds,
  compose,
  decode,
  encode,
  isSnowflake,
  parseSnowflake,
} from './index';

const START_MS = Date.parse('2026-11-20T04:07:52.284Z');

class ManualClock {
  slept: number[] = [];

  constructor(public nowMs: number) {}

  now(): number {
    return this.nowMs;
  }

  readonly sleep = (ms: number): void => {
    this.slept.push(ms);
    this.nowMs += ms;
  };
}

const generatorAt = (clock: ManualClock, issuedAfterMs?: number): SnowflakeGenerator =>
  new SnowflakeGenerator({
    nodeId: 7,
    clock,
    sleep: clock.sleep,
    ...(issuedAfterMs === undefined ? {} : { issuedAfterMs }),
  });

describe('codec', () => {
  const file = new URL('../../../test/vectors/crypto.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as {
    snowflake: { id: string; value: string; time: string; node: number; sequence: number }[];
  };

  it.each(vectors.snowflake)('agrees with the published id $id', ({ id, value, time, node, sequence }) => {
    expect(decode(id)).toBe(BigInt(value));
    expect(encode(BigInt(value))).toBe(id);
    expect(parseSnowflake(id)).toEqual({ timeMs: Date.parse(time), node, sequence, value: BigInt(value) });
    expect(encode(compose(Date.parse(time), node, sequence))).toBe(id);
  });

  it('turns every value into one text and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n - 1n }), (value) => {
        const text = encode(value);
        expect(decode(text)).toBe(value);
        expect(isSnowflake(text)).toBe(true);
        const parts = parseSnowflake(text);
        expect(compose(parts.timeMs, parts.node, parts.sequence)).toBe(value);
      }),
    );
  });

  it('knows the small numbers', () => {
    expect([0n, 9n, 10n, 35n, 36n, 61n, 62n, 62n ** 5n].map(encode)).toEqual([
      '0',
      '9',
      'A',
      'Z',
      'a',
      'z',
      '10',
      '100000',
    ]);
  });

  it.each(['', '0IQBapalCzY', 'IQB-palCzY', 'IQBapalCz ', 'é', 'zzzzzzzzzzzz', 'A'.repeat(13)])(
    'refuses %j',
    (text) => {
      expect(() => decode(text)).toThrow(SnowflakeError);
      expect(isSnowflake(text)).toBe(false);
    },
  );

  it('refuses what does not fit', () => {
    expect(isSnowflake(7)).toBe(false);
    expect(() => encode(-1n)).toThrow(SnowflakeError);
    expect(() => encode(2n ** 70n)).toThrow(SnowflakeError);
    expect(() => compose(Number(EPOCH_MS) - 1, 1, 0)).toThrow(SnowflakeError);
    expect(() => compose(START_MS, 1024, 0)).toThrow(SnowflakeError);
    expect(() => compose(START_MS, 1, 4096)).toThrow(SnowflakeError);
    expect(() => compose(START_MS + 0.5, 1, 0)).toThrow(SnowflakeError);
  });
});

describe('order', () => {
  it('is numeric for any two ids', () => {
    const values = fc.bigInt({ min: 0n, max: 2n ** 70n - 1n });
    fc.assert(
      fc.property(values, values, (left, right) => {
        expect(compareIds(encode(left), encode(right))).toBe(left === right ? 0 : left < right ? -1 : 1);
      }),
    );
  });

  it('holds over the day on which ids grow from 10 to 11 characters', () => {
    const before = encode(compose(Date.parse('2031-05-05T23:59:59.999Z'), 1023, MAX_SEQUENCE));
    const after = encode(compose(Date.parse('2031-05-07T00:00:00.000Z'), 0, 0));
    expect([before.length, after.length]).toEqual([10, 11]);
    expect(before > after).toBe(true);
    const [longest, next] = [encode(62n ** 10n - 1n), encode(62n ** 10n)];
    expect(new Date(parseSnowflake(next).timeMs).toISOString().slice(0, 10)).toBe('2031-05-06');
    expect([longest.length, next.length, compareIds(longest, next), compareIds(next, longest)]).toEqual([
      10, 11, -1, 1,
    ]);
    expect(compareIds(before, after)).toBe(-1);
    expect([after, before].sort(compareIds)).toEqual([before, after]);
  });
});

describe('generator', () => {
  it('issues strictly increasing ids and waits for the next millisecond when one is used up', () => {
    const clock = new ManualClock(START_MS);
    const generator = generatorAt(clock);
    const ids = Array.from({ length: MAX_SEQUENCE + 2 }, () => generator.next());
    expect(new Set(ids).size).toBe(ids.length);
    for (const [index, id] of ids.entries()) {
      if (index > 0) expect(compareIds(ids[index - 1] ?? '', id)).toBe(-1);
    }
    expect(clock.slept).toEqual([1]);
    expect(parseSnowflake(ids.at(-1) ?? '')).toMatchObject({ timeMs: START_MS + 1, node: 7, sequence: 0 });
    expect(generator.lastIssuedMs).toBe(START_MS + 1);
  });

  it('waits while the clock is at most 100 ms back', () => {
    const clock = new ManualClock(START_MS);
    const generator = generatorAt(clock);
    const first = generator.next();
    clock.nowMs -= 100;
    expect(compareIds(first, generator.next())).toBe(-1);
    expect(clock.slept).toEqual([100]);
  });

  it('refuses when the clock is further back, and goes on when it has caught up', () => {
    const clock = new ManualClock(START_MS);
    const generator = generatorAt(clock);
    generator.next();
    clock.nowMs -= 101;
    expect(() => generator.next()).toThrow(ClockMovedBackError);
    expect(clock.slept).toEqual([]);
    clock.nowMs += 101;
    expect(parseSnowflake(generator.next()).sequence).toBe(1);
  });

  it('does not hang on a clock that stands still', () => {
    const generator = new SnowflakeGenerator({ nodeId: 1, clock: { now: () => START_MS }, sleep: () => undefined });
    for (let count = 0; count <= MAX_SEQUENCE; count += 1) generator.next();
    expect(() => generator.next()).toThrow(ClockMovedBackError);
  });

  it('never issues a time that a predecessor may have used', () => {
    const clock = new ManualClock(START_MS);
    const generator = generatorAt(clock, START_MS + 50);
    expect(generator.lastIssuedMs).toBe(START_MS + 50);
    expect(parseSnowflake(generator.next())).toMatchObject({ timeMs: START_MS + 51, sequence: 0 });
    expect(() => generatorAt(new ManualClock(START_MS), START_MS + 101).next()).toThrow(ClockMovedBackError);
  });

  it('is fenced by the lease', () => {
    const clock = new ManualClock(START_MS);
    const generator = generatorAt(clock);
    generator.limitUntil(START_MS);
    generator.next();
    clock.nowMs += 1;
    expect(() => generator.next()).toThrow(NotFencedError);
    expect(() => generator.next()).toThrow(/lease lost/i);
    generator.limitUntil(START_MS + 6_000);
    expect(parseSnowflake(generator.next()).timeMs).toBe(START_MS + 1);
    generator.limitUntil(0);
    expect(() => generator.next()).toThrow(NotFencedError);
    expect(() => generator.limitUntil(Number.NaN)).toThrow(SnowflakeError);
  });

  it('does not wait for a millisecond that the lease does not cover', () => {
    const clock = new ManualClock(START_MS);
    const generator = generatorAt(clock);
    generator.limitUntil(START_MS);
    for (let count = 0; count <= MAX_SEQUENCE; count += 1) generator.next();
    expect(() => generator.next()).toThrow(NotFencedError);
    expect(clock.slept).toEqual([]);
  });

  it('doubles nothing, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -150, max: 150 }), { maxLength: 300 }), (moves) => {
        const clock = new ManualClock(START_MS);
        const generator = generatorAt(clock);
        let last = generator.next();
        for (const move of moves) {
          clock.nowMs += move;
          try {
            const id = generator.next();
            expect(compareIds(last, id)).toBe(-1);
            last = id;
          } catch (error) {
            expect(error).toBeInstanceOf(ClockMovedBackError);
          }
        }
      }),
    );
  });

  it('blocks the thread by default', () => {
    const startedMs = performance.now();
    const clock = { now: () => START_MS + Math.floor(performance.now() - startedMs) };
    const generator = new SnowflakeGenerator({ nodeId: 0, clock, issuedAfterMs: START_MS + 20 });
    expect(parseSnowflake(generator.next()).timeMs).toBeGreaterThan(START_MS + 20);
  });

  it.each([-1, 1024, 1.5, Number.NaN])('refuses node id %d', (nodeId) => {
    expect(() => new SnowflakeGenerator({ nodeId, clock: { now: () => START_MS } })).toThrow(SnowflakeError);
  });
});
