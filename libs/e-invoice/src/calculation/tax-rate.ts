import { divideRoundHalfUp } from '@nx/money';
import { formatDecimal, parseDecimal } from './decimal';
import type { IsoDate } from '../vietnam-date';
import { covers } from '../law/rules/effective';
import { isExcludedFromCut, RATE_RULES } from '../law/rules/rate-rules';
import type { ExcludedGoods, RateRule, TaxCategory, TaxRate } from '../law/rules/rate-rules';

/** A rate as an exact fraction: 8 % is 800 / 10000. */
export interface RateFraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const FIXED: Readonly<Record<string, bigint>> = { '0%': 0n, '5%': 500n, '8%': 800n, '10%': 1000n, KCT: 0n, KKKNT: 0n };
const OTHER_RATE = /^KHAC:(\d{1,2})(?:\.(\d{1,2}))?%$/;
const DENOMINATOR = 10_000n;

/** The rate in its one canonical spelling (`KHAC:3.5%` → `KHAC:03.50%`), or undefined when the text is no rate. */
export function parseTaxRate(text: string): TaxRate | undefined {
  if (Object.hasOwn(FIXED, text)) return text as TaxRate;
  const match = OTHER_RATE.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = ''] = match;
  return `KHAC:${whole.padStart(2, '0')}.${fraction.padEnd(2, '0')}%`;
}

/**
 * The rate that a plain percentage stands for: `8` and `8.0000` → `8%`, `3.5` → `KHAC:03.50%`; undefined for what is no
 * percentage of at most two decimals below 100. A percentage cannot tell `0%` from `KCT` and `KKKNT`: those need their name.
 */
export function taxRateOfPercent(percent: string | number): TaxRate | undefined {
  const decimal = parseDecimal(String(percent));
  if (decimal === undefined || decimal.units < 0n) return undefined;
  const text = `${formatDecimal(decimal)}%`;
  return parseTaxRate(text) ?? parseTaxRate(`KHAC:${text}`);
}

/** The exact fraction of a rate; `KCT` and `KKKNT` carry no tax. Throws a RangeError for a text that is no rate. */
export function rateFraction(rate: TaxRate): RateFraction {
  const fixed = Object.hasOwn(FIXED, rate) ? FIXED[rate] : undefined;
  if (fixed !== undefined) return { numerator: fixed, denominator: DENOMINATOR };
  const match = OTHER_RATE.exec(rate);
  if (match === null) throw new RangeError(`not a VAT rate: ${rate}`);
  const [, whole = '0', fraction = ''] = match;
  return { numerator: BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0')), denominator: DENOMINATOR };
}

/** round(amount × rate), half away from zero: the tax that a price without tax bears. */
export function taxOn(amount: bigint, { numerator, denominator }: RateFraction): bigint {
  return divideRoundHalfUp(amount * numerator, denominator);
}

/** round(gross ÷ (1 + rate)), half away from zero: what is left of a price with tax inside. */
export function withoutTax(gross: bigint, { numerator, denominator }: RateFraction): bigint {
  return divideRoundHalfUp(gross * denominator, denominator + numerator);
}

/** No rule of the table covers a day: an old sale, or a law that was not entered yet. */
export class NoRateRuleError extends Error {
  constructor(
    readonly category: string,
    readonly date: IsoDate,
  ) {
    super(`no tax rule for ${category} on ${date}`);
    this.name = 'NoRateRuleError';
  }
}

/**
 * The rate of a category on the tax point of the original sale. An adjustment made later passes the first sale's day,
 * so it keeps the first sale's rate. Throws NoRateRuleError.
 */
export function rateFor(category: TaxCategory, taxPoint: IsoDate, rules: readonly RateRule[] = RATE_RULES): TaxRate {
  const rule = rules.find((candidate) => candidate.category === category && covers(candidate, taxPoint));
  if (rule === undefined) throw new NoRateRuleError(category, taxPoint);
  return rule.rate;
}

/** Whether some category has this rate on that day; `KHAC` rates belong to no category and always pass. */
export function isRateInForce(rate: TaxRate, taxPoint: IsoDate, rules: readonly RateRule[] = RATE_RULES): boolean {
  return rate.startsWith('KHAC:') || rules.some((rule) => rule.rate === rate && covers(rule, taxPoint));
}

/**
 * The category of a 10 % good on the tax point: `STANDARD` where the temporary cut excludes it, else
 * `STANDARD_REDUCED`. `OTHER` stands for goods that no exclusion names, coal and petrol among them.
 */
export function standardCategory(goods: ExcludedGoods | 'OTHER', taxPoint: IsoDate): TaxCategory {
  return isExcludedFromCut(goods, taxPoint) ? 'STANDARD' : 'STANDARD_REDUCED';
}
