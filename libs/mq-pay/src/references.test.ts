import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptUid,
  isAttemptUid,
  isProviderSafeReference,
  isRefundNumber,
  refundNumber,
  transactionUid,
} from './references';
import type { RandomBytes } from './references';

const counting = (start: number): RandomBytes => {
  let next = start;
  return (size) => Uint8Array.from({ length: size }, () => next++ % 256);
};
/** Small and fast, good enough to stand for chance (xorshift32). */
const seeded = (seed: number): RandomBytes => {
  let state = seed | 1;
  return (size) =>
    Uint8Array.from({ length: size }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state >>> 24;
    });
};

describe('references', () => {
  it('are a prefix and 12 of base 36, made of nothing but the given bytes', () => {
    expect(attemptUid(counting(0))).toBe('ATT0123456789AB');
    expect(transactionUid(counting(34))).toBe('TXNYZ0123456789');
    expect(isProviderSafeReference(attemptUid(counting(7)))).toBe(true);
  });

  it('skip the bytes that would make some letters likelier', () => {
    expect(attemptUid(counting(250))).toBe('ATTYZ0123456789');
    expect(attemptUid(counting(251))).toBe('ATTZ0123456789A');
  });

  it.each(['', 'att', 'A-B', 'A23456789012345X', 'Ả', 'A\n'])('refuse %j for a provider', (text) => {
    expect(isProviderSafeReference(text)).toBe(false);
  });

  it.each([
    ['ATT0123456789AB', true],
    ['ATT0123456789A', false],
    ['ATT0123456789ABC', false],
    ['TXN0123456789AB', false],
    ['ATT0123456789a_', false],
    [' ATT0123456789AB', false],
  ])('%j is an attempt’s: %j', (text, expected) => {
    expect(isAttemptUid(text)).toBe(expected);
  });

  it('use every letter equally often', () => {
    const random = seeded(20_261_121);
    const counts = new Map<string, number>();
    for (let index = 0; index < 6_000; index += 1) {
      for (const letter of attemptUid(random).slice(3)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    // 2,000 expected of each, standard deviation 44: six of them on either side.
    expect([...counts.keys()].toSorted().join('')).toBe('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    for (const [letter, count] of counts) expect(Math.abs(count - 2_000), letter).toBeLessThan(264);
  });

  it('are unique per terminal and day by chance alone: the birthday bound n² / 2·36¹²', () => {
    const pairs = (count: bigint): bigint => (count * (count - 1n)) / 2n;
    // A terminal that sells once a second around the clock, and a platform with a million a day.
    expect(36n ** 12n / pairs(86_400n)).toBeGreaterThan(1_000_000_000n);
    expect(36n ** 12n / pairs(1_000_000n)).toBeGreaterThan(9_000_000n);
    const random = seeded(7);
    expect(new Set(Array.from({ length: 50_000 }, () => attemptUid(random))).size).toBe(50_000);
  });

  it('have their form whatever the bytes are', () => {
    // Bytes that are refused again and again are a broken source, so each stream holds enough that are not.
    const bytes = fc.array(fc.nat(255), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(bytes, (list) => {
        const stream = [...list, 1];
        let at = 0;
        const random: RandomBytes = (size) =>
          Uint8Array.from({ length: size }, () => stream[at++ % stream.length] ?? 0);
        expect(isAttemptUid(attemptUid(random))).toBe(true);
        expect(isProviderSafeReference(transactionUid(random))).toBe(true);
        expect(isRefundNumber(refundNumber(random))).toBe(true);
      }),
    );
  });
});

describe('numbers of refunds', () => {
  it('have 15 digits, the first of them not zero', () => {
    expect(refundNumber(counting(0))).toBe('112345678901234');
    expect(refundNumber(counting(8))).toBe('990123456789012');
    expect(refundNumber(counting(9))).toBe('101234567890123');
    expect(refundNumber(counting(251))).toBe('901234567890123');
  });

  it('are held exactly by a reader that knows only doubles', () => {
    const random = seeded(3);
    for (let index = 0; index < 1_000; index += 1) {
      const text = refundNumber(random);
      expect(Number.isSafeInteger(Number(text))).toBe(true);
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
    }
  });

  it('hardly ever meet: the birthday bound over 9·10¹⁴', () => {
    expect((9n * 10n ** 14n) / ((100_000n * 99_999n) / 2n)).toBeGreaterThan(100_000n);
  });

  it.each([
    ['1', true],
    ['999999999999999', true],
    ['1000000000000000', false],
    ['0', false],
    ['01', false],
    ['1.0', false],
    [' 1', false],
    ['-1', false],
    ['1e5', false],
    ['', false],
  ])('%j is one: %j', (text, expected) => {
    expect(isRefundNumber(text)).toBe(expected);
  });
});
