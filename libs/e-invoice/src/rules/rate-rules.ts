import type { IsoDate } from '../vietnam-date';

/**
 * VAT rate as the invoice format writes it (element TSuat): `KCT` is not subject to VAT, `KKKNT` needs no declaration,
 * `KHAC:AB.CD%` is any other rate.
 */
export type TaxRate = '0%' | '5%' | '8%' | '10%' | 'KCT' | 'KKKNT' | `KHAC:${string}%`;

/**
 * What kind of good a line sells, as far as VAT asks. `STANDARD_REDUCED` is a 10 % good that takes part in the temporary
 * cut; `STANDARD` is one the cut excludes (telecom, finance, real estate, metals, excise goods).
 */
export type TaxCategory = 'STANDARD' | 'STANDARD_REDUCED' | 'REDUCED' | 'ZERO' | 'NOT_SUBJECT' | 'NOT_DECLARED';

export interface RateRule {
  readonly category: TaxCategory;
  readonly rate: TaxRate;
  readonly effectiveFrom: IsoDate;
  /** The last day of the rule, null while no end is known. */
  readonly effectiveTo: IsoDate | null;
  readonly citation: string;
}

const VAT_LAW = 'Luật Thuế giá trị gia tăng số 48/2024/QH15';
const VAT_CUT = 'Nghị quyết số 204/2025/QH15, Nghị định số 174/2025/NĐ-CP';
const LAW_START = '2025-07-01';

/** VAT rates by the tax point of the sale. A new law is a new row, never a changed one. */
export const RATE_RULES: readonly RateRule[] = [
  { category: 'STANDARD', rate: '10%', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
  { category: 'STANDARD_REDUCED', rate: '8%', effectiveFrom: LAW_START, effectiveTo: '2026-12-31', citation: VAT_CUT },
  { category: 'STANDARD_REDUCED', rate: '10%', effectiveFrom: '2027-01-01', effectiveTo: null, citation: VAT_LAW },
  { category: 'REDUCED', rate: '5%', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
  { category: 'ZERO', rate: '0%', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
  { category: 'NOT_SUBJECT', rate: 'KCT', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
  { category: 'NOT_DECLARED', rate: 'KKKNT', effectiveFrom: LAW_START, effectiveTo: null, citation: VAT_LAW },
];
