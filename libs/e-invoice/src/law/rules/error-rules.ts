import type { Effective } from './effective';

/**
 * Why an issued invoice has to be corrected.
 * - `HARMLESS_ERROR`: name, address, words or other text; tax code, money, rate, tax and goods are right.
 * - `MATERIAL_ERROR`: tax code, money, rate, tax or goods are wrong.
 * - `GOODS_RETURNED`: all or part comes back; `REGISTERED_ASSET_RETURNED`: an asset already registered in the buyer's name.
 * - `SERVICE_ENDED`: paid in advance, then cancelled or ended.
 * - `TRADE_DISCOUNT`: granted after the sale.
 * - `LATE_BUYER_DATA`: the buyer names himself after the invoice was issued to a consumer.
 */
export type CorrectionCause =
  | 'HARMLESS_ERROR'
  | 'MATERIAL_ERROR'
  | 'GOODS_RETURNED'
  | 'REGISTERED_ASSET_RETURNED'
  | 'SERVICE_ENDED'
  | 'TRADE_DISCOUNT'
  | 'LATE_BUYER_DATA';

/** `ERROR_NOTICE` is form 04/SS-HĐĐT: no new invoice. */
export type CorrectionMethod = 'ERROR_NOTICE' | 'ADJUST' | 'REPLACE';

/** Cash-register invoices have letter M; everything else is `OTHER`. */
export type SeriesKind = 'CASH_REGISTER' | 'OTHER';

export interface ErrorRule extends Effective {
  readonly cause: CorrectionCause;
  readonly series: readonly SeriesKind[];
  readonly methods: readonly CorrectionMethod[];
  readonly citation: string;
}

export interface CancelRule extends Effective {
  readonly issuedMayBeCancelled: boolean;
  readonly citation: string;
}

export interface CauseCode extends Effective {
  readonly code: string;
  readonly cause: CorrectionCause;
  readonly series: readonly SeriesKind[];
  readonly meaning: string;
}

const ALL: readonly SeriesKind[] = ['CASH_REGISTER', 'OTHER'];
const DECREE_70 = 'Nghị định số 123/2020/NĐ-CP, Điều 19 (sửa đổi bởi Nghị định số 70/2025/NĐ-CP)';
const CIRCULAR_91 = 'Thông tư số 91/2026/TT-BTC, Điều 10';
const OLD: Effective = { effectiveFrom: '2025-06-01', effectiveTo: '2026-06-30' };
const NOW: Effective = { effectiveFrom: '2026-07-01', effectiveTo: null };

/**
 * What is done about an issued invoice, by the day it is done. Decree 70/2025 (Art. 19 of Decree 123/2020) until
 * Circular 91/2026 (Art. 10), which takes the choice away from cash-register invoices.
 */
export const ERROR_RULES: readonly ErrorRule[] = [
  row('HARMLESS_ERROR', ALL, ['ERROR_NOTICE'], `${DECREE_70} khoản 1 điểm a`, OLD),
  row('MATERIAL_ERROR', ALL, ['ADJUST', 'REPLACE'], `${DECREE_70} khoản 1 điểm b`, OLD),
  row('TRADE_DISCOUNT', ALL, ['ADJUST'], `${DECREE_70} khoản 4 điểm b`, OLD),
  row('GOODS_RETURNED', ALL, ['ADJUST'], `${DECREE_70} khoản 4 điểm c.1`, OLD),
  row('REGISTERED_ASSET_RETURNED', ALL, ['REPLACE'], `${DECREE_70} khoản 4 điểm c.2`, OLD),
  row('SERVICE_ENDED', ALL, ['ADJUST'], `${DECREE_70} khoản 4 điểm c.4`, OLD),
  row('LATE_BUYER_DATA', ALL, ['REPLACE'], `${DECREE_70} khoản 1 điểm b`, OLD),
  row('HARMLESS_ERROR', ALL, ['ERROR_NOTICE'], `${CIRCULAR_91} khoản 1 điểm a`, NOW),
  row('MATERIAL_ERROR', ['OTHER'], ['ADJUST', 'REPLACE'], `${CIRCULAR_91} khoản 1 điểm b`, NOW),
  row('MATERIAL_ERROR', ['CASH_REGISTER'], ['REPLACE'], `${CIRCULAR_91} khoản 1 điểm c`, NOW),
  row('TRADE_DISCOUNT', ALL, ['ADJUST'], `${CIRCULAR_91} khoản 5 điểm b`, NOW),
  row('GOODS_RETURNED', ALL, ['ADJUST'], `${CIRCULAR_91} khoản 5 điểm c.1`, NOW),
  row('REGISTERED_ASSET_RETURNED', ALL, ['REPLACE'], `${CIRCULAR_91} khoản 5 điểm c.2`, NOW),
  row('SERVICE_ENDED', ALL, ['ADJUST'], `${CIRCULAR_91} khoản 5 điểm c.4`, NOW),
  row('LATE_BUYER_DATA', ['OTHER'], ['REPLACE'], `${CIRCULAR_91} khoản 1 điểm b`, NOW),
  row('LATE_BUYER_DATA', ['CASH_REGISTER'], ['REPLACE'], `${CIRCULAR_91} khoản 1 điểm c`, NOW),
];

/** A second error keeps the method of the first. */
export const SAME_METHOD_RULES: readonly (Effective & { readonly citation: string })[] = [
  { citation: DECREE_70, ...OLD },
  { citation: `${CIRCULAR_91} khoản 6 điểm a`, ...NOW },
];

/** Whether an issued invoice may still be cancelled: never since 2025-06-01. */
export const CANCEL_RULES: readonly CancelRule[] = [
  {
    issuedMayBeCancelled: true,
    citation: 'Nghị định số 123/2020/NĐ-CP, Điều 19',
    effectiveFrom: '2022-07-01',
    effectiveTo: '2025-05-31',
  },
  { issuedMayBeCancelled: false, citation: DECREE_70, ...OLD },
  { issuedMayBeCancelled: false, citation: CIRCULAR_91, ...NOW },
];

/**
 * Cause codes of Decision 1233 (Annex XVII lists fourteen), as far as public code shows them: one source each. At least
 * one vendor's API wants them. Their start is taken from the circular that they belong to.
 */
export const CAUSE_CODES: readonly CauseCode[] = [
  { code: '04', cause: 'TRADE_DISCOUNT', series: ALL, meaning: 'trade discount', ...NOW },
  { code: '05', cause: 'GOODS_RETURNED', series: ALL, meaning: 'goods returned', ...NOW },
  { code: '06', cause: 'REGISTERED_ASSET_RETURNED', series: ALL, meaning: 'registered asset returned', ...NOW },
  { code: '08', cause: 'SERVICE_ENDED', series: ALL, meaning: 'service cancelled or ended', ...NOW },
  { code: '13', cause: 'MATERIAL_ERROR', series: ['OTHER'], meaning: 'wrong invoice', ...NOW },
  { code: '14', cause: 'MATERIAL_ERROR', series: ['CASH_REGISTER'], meaning: 'wrong cash-register invoice', ...NOW },
];

export interface ManyInvoicesRule extends Effective {
  readonly form: '01/BK-ĐCTT';
  /** T-VAN message codes for series with and without the authority's code. */
  readonly messages: { readonly coded: '208'; readonly uncoded: '210' };
  readonly citation: string;
}

/** One correction of many invoices comes with a list. */
export const MANY_INVOICES_RULES: readonly ManyInvoicesRule[] = [
  { form: '01/BK-ĐCTT', messages: { coded: '208', uncoded: '210' }, citation: `${DECREE_70} khoản 1 điểm b`, ...OLD },
  { form: '01/BK-ĐCTT', messages: { coded: '208', uncoded: '210' }, citation: `${CIRCULAR_91} khoản 1 điểm b`, ...NOW },
];

function row(
  cause: CorrectionCause,
  series: readonly SeriesKind[],
  methods: readonly CorrectionMethod[],
  citation: string,
  period: Effective,
): ErrorRule {
  return { cause, series, methods, citation, ...period };
}
