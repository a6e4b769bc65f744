import { describe, expect, it } from 'vitest';
import { RATE_RULES } from '../law/rules/rate-rules';
import {
  isRateInForce,
  NoRateRuleError,
  parseTaxRate,
  rateFor,
  rateFraction,
  taxOn,
  taxRateOfPercent,
  withoutTax,
} from './tax-rate';

describe('rates', () => {
  it.each([
    ['8%', '8%', 800n],
    ['KCT', 'KCT', 0n],
    ['KHAC:3.5%', 'KHAC:03.50%', 350n],
    ['KHAC:12%', 'KHAC:12.00%', 1200n],
  ])('%s is written %s', (text, canonical, points) => {
    const rate = parseTaxRate(text);
    expect(rate).toBe(canonical);
    expect(rate && rateFraction(rate)).toEqual({ numerator: points, denominator: 10_000n });
  });

  it.each(['', '7%', '8', 'KHAC:100%', 'KHAC:1.234%', 'kct', 'toString'])('%j is none', (text) => {
    expect(parseTaxRate(text)).toBeUndefined();
  });

  it.each([
    [8, '8%'],
    ['10.0000', '10%'],
    ['0', '0%'],
    [3.5, 'KHAC:03.50%'],
    ['100', undefined],
    ['-8', undefined],
    ['0.081', undefined],
    [1e-7, undefined],
    ['', undefined],
  ])('percentage %s is %s', (percent, rate) => {
    expect(taxRateOfPercent(percent)).toBe(rate);
  });

  it('has exactly one rule per category on every boundary day', () => {
    const days = ['2025-07-01', '2026-12-31', '2027-01-01', '2030-01-01'];
    for (const category of new Set(RATE_RULES.map((rule) => rule.category))) {
      for (const day of days) {
        const rules = RATE_RULES.filter(
          (rule) =>
            rule.category === category &&
            rule.effectiveFrom <= day &&
            (rule.effectiveTo === null || day <= rule.effectiveTo),
        );
        expect(rules, `${category} on ${day}`).toHaveLength(1);
        expect(isRateInForce(rateFor(category, day), day)).toBe(true);
      }
    }
  });

  it('takes a later law as data', () => {
    const longer = RATE_RULES.map((rule) => (rule.rate === '8%' ? { ...rule, effectiveTo: '2027-06-30' } : rule));
    expect(rateFor('STANDARD_REDUCED', '2027-06-30', longer)).toBe('8%');
  });

  it.each([
    ['0%', 0n],
    ['5%', 500n],
    ['8%', 800n],
    ['10%', 1000n],
    ['KCT', 0n],
    ['KKKNT', 0n],
    ['KHAC:00.01%', 1n],
    ['KHAC:99.99%', 9999n],
    ['KHAC:3.5%', 350n],
    ['KHAC:7%', 700n],
  ] as const)('%s is %s ten-thousandths', (rate, numerator) => {
    expect(rateFraction(rate)).toEqual({ numerator, denominator: 10_000n });
  });

  it('has no fraction for what is no rate', () => {
    expect(() => rateFraction('7%' as never)).toThrow(new RangeError('not a VAT rate: 7%'));
    expect(() => rateFraction('toString' as never)).toThrow(RangeError);
    expect(() => rateFraction('xKHAC:1%' as never)).toThrow(RangeError);
    expect(() => rateFraction('KHAC:1%x' as never)).toThrow(RangeError);
  });

  it.each([
    ['KHAC:5.25%', 'KHAC:05.25%'],
    ['KHAC:05.25%', 'KHAC:05.25%'],
    ['KHAC:5.%', undefined],
    ['KHAC:%', undefined],
    ['xKHAC:5%', undefined],
    ['KHAC:5%x', undefined],
    ['8 %', undefined],
    [' 8%', undefined],
  ])('%j is written %s', (text, rate) => {
    expect(parseTaxRate(text)).toBe(rate);
  });

  it('rounds tax half away from zero, on top and out of a price', () => {
    const eight = rateFraction('8%');
    expect([931n, -931n, 56n, 6n, -6n, 0n].map((amount) => taxOn(amount, eight))).toEqual([74n, -74n, 4n, 0n, 0n, 0n]);
    expect(taxOn(5n, rateFraction('10%'))).toBe(1n);
    expect(taxOn(-5n, rateFraction('10%'))).toBe(-1n);
    expect([1006n, -1006n, 1n, 108n].map((gross) => withoutTax(gross, eight))).toEqual([931n, -931n, 1n, 100n]);
    expect(withoutTax(3n, { numerator: 1n, denominator: 1n })).toBe(2n);
  });

  it('knows every rate only in its days, and other rates always', () => {
    expect(isRateInForce('8%', '2025-06-30')).toBe(false);
    expect(isRateInForce('8%', '2025-07-01')).toBe(true);
    expect(isRateInForce('8%', '2026-12-31')).toBe(true);
    expect(isRateInForce('8%', '2027-01-01')).toBe(false);
    expect(isRateInForce('KCT', '2027-01-01')).toBe(true);
    expect(isRateInForce('KHAC:01.00%', '1999-01-01')).toBe(true);
    expect(isRateInForce('KCT', '2025-06-30')).toBe(false);
  });

  it('names the category and the day that no rule covers', () => {
    let error: unknown;
    try {
      rateFor('ZERO', '2025-06-30');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(NoRateRuleError);
    expect(error).toMatchObject({
      name: 'NoRateRuleError',
      category: 'ZERO',
      date: '2025-06-30',
      message: 'no tax rule for ZERO on 2025-06-30',
    });
  });

  it.each([
    ['STANDARD', '10%'],
    ['STANDARD_REDUCED', '8%'],
    ['REDUCED', '5%'],
    ['ZERO', '0%'],
    ['NOT_SUBJECT', 'KCT'],
    ['NOT_DECLARED', 'KKKNT'],
  ] as const)('%s is %s in 2026, also for an adjustment made in 2027', (category, rate) => {
    expect(rateFor(category, '2026-12-31')).toBe(rate);
  });
});
