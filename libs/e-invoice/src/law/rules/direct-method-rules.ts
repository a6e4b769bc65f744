import type { Effective } from './effective';

/** Trade of a line of a household business, which decides the share of revenue that is VAT under the direct method. */
export type DirectCategory = 'DISTRIBUTION' | 'SERVICE' | 'SERVICE_WITH_GOODS' | 'OTHER';

export interface DirectRatioRule extends Effective {
  readonly category: DirectCategory;
  /** VAT in hundredths of a percent of revenue: 100 = 1 %. */
  readonly vatBasisPoints: number;
  /** Personal income tax in hundredths of a percent of revenue. */
  readonly incomeTaxBasisPoints: number;
}

export interface DirectReductionRule extends Effective {
  /** Share of the VAT ratio that is taken off, in percent. */
  readonly sharePercent: number;
  /** The note that the resolution prescribes; `{amount}` stands for the reduction in đồng. */
  readonly note: string;
  readonly citation: string;
}

/** Shares of revenue by trade. */
export const DIRECT_RATIO_RULES: readonly DirectRatioRule[] = [
  ratio('DISTRIBUTION', 100, 50),
  ratio('SERVICE', 500, 200),
  ratio('SERVICE_WITH_GOODS', 300, 150),
  ratio('OTHER', 200, 100),
];

/** The temporary cut as the direct method applies it. */
export const DIRECT_REDUCTION_RULES: readonly DirectReductionRule[] = [
  {
    sharePercent: 20,
    note: 'Đã giảm {amount} đồng tương ứng 20% mức tỷ lệ % để tính thuế giá trị gia tăng theo Nghị quyết số 204/2025/QH15',
    citation: 'Nghị quyết số 204/2025/QH15',
    effectiveFrom: '2025-07-01',
    effectiveTo: '2026-12-31',
  },
];

function ratio(category: DirectCategory, vatBasisPoints: number, incomeTaxBasisPoints: number): DirectRatioRule {
  return { category, vatBasisPoints, incomeTaxBasisPoints, effectiveFrom: '2025-07-01', effectiveTo: null };
}
