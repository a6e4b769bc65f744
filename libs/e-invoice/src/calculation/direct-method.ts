import { DIRECT_RATIO_RULES, DIRECT_REDUCTION_RULES } from '../law/rules/direct-method-rules';
import type { DirectCategory } from '../law/rules/direct-method-rules';
import { covers } from '../law/rules/effective';
import { NoRateRuleError } from './tax-rate';
import type { RateFraction } from './tax-rate';
import type { IsoDate } from '../vietnam-date';

/** What the temporary cut takes off a line of the direct method, as a fraction of the line, with its note. */
export interface DirectReduction extends RateFraction {
  readonly note: string;
}

/**
 * The cut for a trade on the tax point: 20 % of the VAT share of revenue while the resolution is in force, 1 % → 0.2 %.
 * Undefined once no resolution grants one. Throws NoRateRuleError where the trade has no share on that day.
 */
export function reductionFor(category: DirectCategory, taxPoint: IsoDate): DirectReduction | undefined {
  const ratio = DIRECT_RATIO_RULES.find((rule) => rule.category === category && covers(rule, taxPoint));
  if (ratio === undefined) throw new NoRateRuleError(category, taxPoint);
  const reduction = DIRECT_REDUCTION_RULES.find((rule) => covers(rule, taxPoint));
  if (reduction === undefined) return undefined;
  return {
    numerator: BigInt(ratio.vatBasisPoints * reduction.sharePercent),
    denominator: 1_000_000n,
    note: reduction.note,
  };
}
