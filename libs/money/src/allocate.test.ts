import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, money } from './index';
import { anyMinor, reasonOf, refusalOf } from './money.fixture';

const total = (parts: readonly bigint[]): bigint => parts.reduce((left, right) => left + right, 0n);

describe('allocate', () => {
  it.each([
    [100n, [1, 1, 1], [34n, 33n, 33n]],
    [-100n, [1, 1, 1], [-34n, -33n, -33n]],
    [101n, [1, 1, 1], [34n, 34n, 33n]],
    [10n, [1, 0, 2], [3n, 0n, 7n]],
    // The largest remainder first: 1.25, 1.25, 2.5 of 5.
    [5n, [1, 1, 2], [1n, 1n, 3n]],
    // Remainders 0.9 and 0.1 in either order.
    [10n, [19, 81], [2n, 8n]],
    [10n, [81, 19], [8n, 2n]],
    [0n, [3, 4], [0n, 0n]],
    [7n, [1], [7n]],
    [1n, [1n, 1n, 1n, 1n], [1n, 0n, 0n, 0n]],
  ])('splits %s by %s', (amount, weights, expected) => {
    expect(allocate(amount, weights)).toEqual(expected);
  });

  it('keeps the currency', () => {
    expect(allocate(money(5, 'VND'), [1n, 1n])).toEqual([money(3, 'VND'), money(2, 'VND')]);
  });

  it('refuses weights that share nothing', () => {
    for (const weights of [[], [0, 0], [2, -1], [-1, -1], [1, -1], [0n]]) {
      expect(refusalOf(() => allocate(1n, weights))).toBe(
        'MoneyError bad_weights: Weights must be non-negative and not all zero.',
      );
    }
    expect(reasonOf(() => allocate(1n, [0.5]))).toBe('fraction');
    expect(reasonOf(() => allocate(1n, [2 ** 53]))).toBe('out_of_range');
  });

  const weights = fc
    .array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 })
    .filter((parts) => total(parts) > 0n);

  it('gives every đồng away, each part its exact share rounded down or up, nothing to a zero weight', () => {
    fc.assert(
      fc.property(anyMinor, weights, (amount, parts) => {
        const whole = total(parts);
        const result = allocate(amount, parts);
        expect(total(result)).toBe(amount);
        expect(result).toHaveLength(parts.length);
        for (const [index, part] of result.entries()) {
          const weight = parts[index] ?? 0n;
          const error = part * whole - amount * weight;
          expect(error < whole && error > -whole).toBe(true);
          if (weight === 0n) expect(part).toBe(0n);
        }
      }),
    );
  });

  it('gives the missing units to the largest remainders, of equal ones to the earlier', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), weights, (amount, parts) => {
        const whole = total(parts);
        const result = allocate(amount, parts);
        const raised = parts.map((weight, index) => result[index] !== (amount * weight) / whole);
        for (const [left, weight] of parts.entries()) {
          for (const [right, other] of parts.entries()) {
            const [first, second] = [(amount * weight) % whole, (amount * other) % whole];
            const before = first > second || (first === second && left < right);
            if (before && raised[right]) expect(raised[left]).toBe(true);
          }
        }
      }),
    );
  });

  it('turns with the sign and does not depend on the scale of the weights', () => {
    fc.assert(
      fc.property(anyMinor, weights, fc.bigInt({ min: 1n, max: 1000n }), (amount, parts, factor) => {
        const result = allocate(amount, parts);
        expect(allocate(-amount, parts)).toEqual(result.map((part) => -part));
        expect(
          allocate(
            amount,
            parts.map((part) => part * factor),
          ),
        ).toEqual(result);
      }),
    );
  });
});
