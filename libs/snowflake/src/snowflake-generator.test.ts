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
  parseSnowflake,
} from './index';
import { ManualClock } from './manual-clock.fixture';

const START_MS = Date.parse('2026-11-20T04:07:52.284Z');

const generatorAt = (clock: ManualClock, issuedAfterMs?: number): SnowflakeGenerator =>
  new SnowflakeGenerator({
    nodeId: 7,
    clock,
    sleep: clock.sleep,
    ...(issuedAfterMs === undefined ? {} : { issuedAfterMs }),
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
    expect(() => generator.next()).toThrow(
      expect.objectContaining({
        reason: 'clock_moved_back',
        nowMs: START_MS - 101,
        lastIssuedMs: START_MS,
        message: expect.stringContaining('101 ms behind the last issued id') as string,
      }) as Error,
    );
    expect(clock.slept).toEqual([]);
    clock.nowMs += 101;
    expect(parseSnowflake(generator.next()).sequence).toBe(1);
  });

  it('tells beforehand whether there would be an id, and how far the clock is behind', () => {
    const clock = new ManualClock(START_MS);
    const generator = generatorAt(clock);
    generator.next();
    const told = [50, -100, -51, -7_200_000].map((move) => {
      clock.nowMs += move;
      return [generator.behindMs, generator.canIssue()];
    });
    expect(told).toEqual([
      [0, true],
      [50, true],
      [101, false],
      [7_200_101, false],
    ]);
    generator.limitUntil(START_MS - 1);
    clock.nowMs = START_MS - 1;
    expect(generator.canIssue()).toBe(false);
    expect(clock.slept).toEqual([]);
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
    expect(generator.canIssue()).toBe(true);
    clock.nowMs += 1;
    expect(generator.canIssue()).toBe(false);
    expect(() => generator.next()).toThrow(NotFencedError);
    expect(() => generator.next()).toThrow(
      `Lease lost: the node id may be used until ${START_MS}, the clock reads ${START_MS + 1}.`,
    );
    generator.limitUntil(START_MS + 6_000);
    expect(parseSnowflake(generator.next()).timeMs).toBe(START_MS + 1);
    generator.limitUntil(0);
    expect(() => generator.next()).toThrow(NotFencedError);
    expect(() => generator.limitUntil(Number.NaN)).toThrow(
      new SnowflakeError('bad_limit', 'The limit must be a time in milliseconds.'),
    );
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
    expect(() => new SnowflakeGenerator({ nodeId, clock: { now: () => START_MS } })).toThrow(
      new SnowflakeError('bad_node', `Node id ${nodeId} is not within 0..1023.`),
    );
  });

  it.each([Number.NaN, 0.5, Number.POSITIVE_INFINITY])("refuses %d as its predecessor's time", (issuedAfterMs) => {
    expect(() => generatorAt(new ManualClock(START_MS), issuedAfterMs)).toThrow(SnowflakeError);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])(
    'refuses a clock that reads %d and does not forget what it has issued',
    (broken) => {
      const clock = new ManualClock(START_MS);
      const generator = generatorAt(clock);
      const first = generator.next();
      clock.nowMs = broken;
      expect(() => generator.next()).toThrow(expect.objectContaining({ reason: 'bad_time' }) as Error);
      expect(generator.lastIssuedMs).toBe(START_MS);
      clock.nowMs = START_MS;
      expect(compareIds(first, generator.next())).toBe(-1);
    },
  );

  it('knows no time before its epoch, and none between milliseconds', () => {
    const clock = new ManualClock(Number(EPOCH_MS) - 1);
    expect(parseSnowflake(generatorAt(clock).next())).toMatchObject({ timeMs: Number(EPOCH_MS), sequence: 0 });
    expect(() => generatorAt(new ManualClock(Number(EPOCH_MS) - 102)).next()).toThrow(ClockMovedBackError);
    const uneven = generatorAt(new ManualClock(START_MS + 0.9));
    expect([uneven.next(), uneven.next()].map((id) => parseSnowflake(id).timeMs)).toEqual([START_MS, START_MS]);
  });
});
