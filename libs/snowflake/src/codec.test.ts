import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EPOCH_MS,
  MAX_NODE_ID,
  MAX_SEQUENCE,
  SnowflakeError,
  compareIds,
  compose,
  decode,
  encode,
  isSnowflake,
  parseSnowflake,
} from './index';

const START_MS = Date.parse('2026-11-20T04:07:52.284Z');
const EPOCH = Number(EPOCH_MS);
const LARGEST = 2n ** 70n - 1n;
const anyValue = fc.bigInt({ min: 0n, max: LARGEST });

const reasonOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error instanceof SnowflakeError ? error.reason : error;
  }
};

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

  it('packs 48 bit milliseconds since 2025, 10 bit node, 12 bit sequence', () => {
    expect(new Date(EPOCH).toISOString()).toBe('2025-01-01T00:00:00.000Z');
    expect([compose(EPOCH, 0, 0), compose(EPOCH, 0, 1), compose(EPOCH, 1, 0), compose(EPOCH + 1, 0, 0)]).toEqual([
      0n,
      1n,
      1n << 12n,
      1n << 22n,
    ]);
    expect(compose(EPOCH + 2 ** 48 - 1, MAX_NODE_ID, MAX_SEQUENCE)).toBe(LARGEST);
    expect([MAX_NODE_ID, MAX_SEQUENCE]).toEqual([1023, 4095]);
  });

  it('turns every value into one text and back', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const text = encode(value);
        expect(decode(text)).toBe(value);
        expect(isSnowflake(text)).toBe(true);
        const parts = parseSnowflake(text);
        expect(parts.value).toBe(value);
        expect(compose(parts.timeMs, parts.node, parts.sequence)).toBe(value);
      }),
    );
  });

  it('knows the small numbers and the largest', () => {
    const values = [0n, 9n, 10n, 35n, 36n, 61n, 62n, 62n ** 5n - 1n, 62n ** 5n, 62n ** 5n + 1n];
    expect(values.map(encode)).toEqual(['0', '9', 'A', 'Z', 'a', 'z', '10', 'zzzzz', '100000', '100001']);
    expect(decode(encode(LARGEST))).toBe(LARGEST);
    expect(encode(LARGEST)).toHaveLength(12);
  });

  it.each([
    ['', 'wrong_length', 'wrong length'],
    ['A'.repeat(13), 'wrong_length', 'wrong length'],
    ['00', 'padded', 'padded'],
    ['0IQBapalCzY', 'padded', 'padded'],
    ['IQB-palCzY', 'foreign_character', 'foreign character'],
    ['IQBapalCz ', 'foreign_character', 'foreign character'],
    ['é', 'foreign_character', 'foreign character'],
    ['٣', 'foreign_character', 'foreign character'],
    ['zzzzzzzzzzzz', 'too_large', 'too large'],
    [7, 'not_text', 'no text'],
    [null, 'not_text', 'no text'],
    [['A'], 'not_text', 'no text'],
  ])('refuses %j as %s', (text, reason, why) => {
    expect(() => decode(text)).toThrow(
      new SnowflakeError(reason as SnowflakeError['reason'], `Not a snowflake id: ${why}.`),
    );
    expect(reasonOf(() => parseSnowflake(text))).toBe(reason);
    expect(isSnowflake(text)).toBe(false);
  });

  it('refuses one more than the largest', () => {
    const next = encode(LARGEST).replace(/.$/, (digit) => String.fromCharCode(digit.charCodeAt(0) + 1));
    expect(reasonOf(() => decode(next))).toBe('too_large');
  });

  it('reads any text to the one value that is written so, or refuses it with its own error', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9A-Za-z]{1,13}$/), fc.anything());
    fc.assert(
      fc.property(texts, (text) => {
        const value = reasonOf(() => decode(text));
        if (typeof value === 'bigint') expect(encode(value)).toBe(text);
        else expect(typeof value).toBe('string');
        expect(isSnowflake(text)).toBe(typeof value === 'bigint');
      }),
    );
  });

  it.each([
    [EPOCH - 1, 1, 0, 'bad_time'],
    [EPOCH + 2 ** 48, 1, 0, 'bad_time'],
    [START_MS + 0.5, 1, 0, 'bad_time'],
    [Number.NaN, 1, 0, 'bad_time'],
    [START_MS, 1024, 0, 'bad_node'],
    [START_MS, -1, 0, 'bad_node'],
    [START_MS, 0.5, 0, 'bad_node'],
    [START_MS, 1, 4096, 'bad_sequence'],
    [START_MS, 1, -1, 'bad_sequence'],
    [START_MS, 1, 0.5, 'bad_sequence'],
  ])('refuses the parts %d, %d, %d as %s', (timeMs, node, sequence, reason) => {
    expect(reasonOf(() => compose(timeMs, node, sequence))).toBe(reason);
  });

  it('refuses values that no id has', () => {
    for (const value of [-1n, LARGEST + 1n]) expect(reasonOf(() => encode(value))).toBe('bad_value');
  });
});

describe('order', () => {
  it('is numeric for any two ids', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (left, right) => {
        expect(compareIds(encode(left), encode(right))).toBe(left === right ? 0 : left < right ? -1 : 1);
      }),
    );
    expect(compareIds('IQBapalCzY', 'IQBapalCzY')).toBe(0);
  });

  it('is that of time, then node, then sequence', () => {
    const parts = fc.tuple(
      fc.integer({ min: EPOCH, max: EPOCH + 2 ** 48 - 1 }),
      fc.integer({ min: 0, max: 1023 }),
      fc.integer({ min: 0, max: 4095 }),
    );
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const difference = left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
        expect(compareIds(encode(compose(...left)), encode(compose(...right)))).toBe(Math.sign(difference));
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
