import { describe, expect, it } from 'vitest';
import { RATE_RULES } from './rules/rate-rules';
import { isRateInForce, parseTaxRate, rateFor, rateFraction, taxRateOfPercent } from './tax-rate';

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
});
