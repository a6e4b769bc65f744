import type { IsoDate } from '../../vietnam-date';
import { covers } from './effective';
import type { Effective } from './effective';

/**
 * VAT rate as the invoice format writes it (element TSuat): `KCT` is not subject to VAT, `KKKNT` needs no declaration,
 * `KHAC:AB.CD%` is any other rate.
 */
export type TaxRate = '0%' | '5%' | '8%' | '10%' | 'KCT' | 'KKKNT' | `KHAC:${string}%`;

/**
 * What kind of good a line sells, as far as VAT asks. `STANDARD_REDUCED` is a 10 % good that takes part in the temporary
 * cut; `STANDARD` is one the cut excludes (see `VAT_CUT_EXCLUSIONS`).
 */
export type TaxCategory = 'STANDARD' | 'STANDARD_REDUCED' | 'REDUCED' | 'ZERO' | 'NOT_SUBJECT' | 'NOT_DECLARED';

export interface RateRule extends Effective {
  readonly category: TaxCategory;
  readonly rate: TaxRate;
  readonly citation: string;
}

const VAT_LAW = 'Luật Thuế giá trị gia tăng số 48/2024/QH15';
const VAT_CUT = 'Nghị quyết số 204/2025/QH15, Nghị định số 174/2025/NĐ-CP';
const LAW_START = '2025-07-01';
const CUT_END = '2026-12-31';

/** VAT rates by the tax point of the original sale. */
export const RATE_RULES: readonly RateRule[] = [
  { category: 'STANDARD', rate: '10%', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
  { category: 'STANDARD_REDUCED', rate: '8%', effectiveFrom: LAW_START, effectiveTo: CUT_END, citation: VAT_CUT },
  { category: 'STANDARD_REDUCED', rate: '10%', effectiveFrom: '2027-01-01', effectiveTo: null, citation: VAT_LAW },
  { category: 'REDUCED', rate: '5%', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
  { category: 'ZERO', rate: '0%', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
  { category: 'NOT_SUBJECT', rate: 'KCT', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
  { category: 'NOT_DECLARED', rate: 'KKKNT', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
];

/** Goods and services of 10 % that the temporary cut leaves at 10 %. */
export type ExcludedGoods =
  | 'TELECOM'
  | 'FINANCE'
  | 'BANKING'
  | 'SECURITIES'
  | 'INSURANCE'
  | 'REAL_ESTATE'
  | 'METAL_PRODUCTS'
  | 'MINING_PRODUCTS'
  | 'EXCISE_GOODS';

export interface ExclusionRule extends Effective {
  readonly goods: ExcludedGoods;
  /** What does take part in the cut all the same. */
  readonly except: 'COAL' | 'PETROL' | null;
  readonly citation: string;
}

/** Resolution 204/2025/QH15 Art. 1: the exclusions end with the cut. */
export const VAT_CUT_EXCLUSIONS: readonly ExclusionRule[] = [
  exclusion('TELECOM'),
  exclusion('FINANCE'),
  exclusion('BANKING'),
  exclusion('SECURITIES'),
  exclusion('INSURANCE'),
  exclusion('REAL_ESTATE'),
  exclusion('METAL_PRODUCTS'),
  exclusion('MINING_PRODUCTS', 'COAL'),
  exclusion('EXCISE_GOODS', 'PETROL'),
];

/** True where these goods keep 10 % on the tax point although a cut is in force. */
export function isExcludedFromCut(
  goods: string,
  taxPoint: IsoDate,
  rules: readonly ExclusionRule[] = VAT_CUT_EXCLUSIONS,
): boolean {
  return rules.some((rule) => rule.goods === goods && covers(rule, taxPoint));
}

function exclusion(goods: ExcludedGoods, except: ExclusionRule['except'] = null): ExclusionRule {
  return { goods, except, citation: VAT_CUT, effectiveFrom: LAW_START, effectiveTo: CUT_END };
}
