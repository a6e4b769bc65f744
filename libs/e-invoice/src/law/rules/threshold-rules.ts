import type { IsoDate } from '../../vietnam-date';
import { covers } from './effective';
import type { Effective } from './effective';

/**
 * `HOUSEHOLD_TAX_FREE`: yearly revenue up to which a household business owes no VAT and income tax.
 * `HOUSEHOLD_INVOICE`: yearly revenue above which it has to issue coded or cash-register invoices.
 * `NON_CASH_EVIDENCE`: price with VAT of one purchase from which the buyer's deduction needs a non-cash payment.
 */
export type ThresholdSubject = 'HOUSEHOLD_TAX_FREE' | 'HOUSEHOLD_INVOICE' | 'NON_CASH_EVIDENCE';

export interface ThresholdRule extends Effective {
  readonly subject: ThresholdSubject;
  /** In đồng. */
  readonly amount: number;
  readonly citation: string;
}

export const THRESHOLD_RULES: readonly ThresholdRule[] = [
  {
    subject: 'HOUSEHOLD_TAX_FREE',
    amount: 1_000_000_000,
    citation: 'Nghị định số 141/2026/NĐ-CP',
    effectiveFrom: '2026-01-01',
    effectiveTo: null,
  },
  {
    subject: 'HOUSEHOLD_INVOICE',
    amount: 1_000_000_000,
    citation: 'Nghị định số 70/2025/NĐ-CP',
    effectiveFrom: '2025-06-01',
    effectiveTo: '2026-06-30',
  },
  {
    subject: 'HOUSEHOLD_INVOICE',
    amount: 1_000_000_000,
    citation: 'Nghị định số 254/2026/NĐ-CP, Điều 6 khoản 1 điểm d',
    effectiveFrom: '2026-07-01',
    effectiveTo: null,
  },
  {
    subject: 'NON_CASH_EVIDENCE',
    amount: 5_000_000,
    citation: 'Luật Thuế giá trị gia tăng số 48/2024/QH15',
    effectiveFrom: '2025-07-01',
    effectiveTo: null,
  },
];

/** The threshold on a day; undefined where the table knows none. */
export function thresholdOn(
  subject: ThresholdSubject,
  date: IsoDate,
  rules: readonly ThresholdRule[] = THRESHOLD_RULES,
): ThresholdRule | undefined {
  return rules.find((rule) => rule.subject === subject && covers(rule, date));
}

/** True when yearly revenue, in đồng, obliges a household business to issue e-invoices: more than the threshold. */
export function householdMustInvoice(revenue: number, date: IsoDate): boolean {
  const rule = thresholdOn('HOUSEHOLD_INVOICE', date);
  return rule !== undefined && revenue > rule.amount;
}

/** True when the buyer can deduct the VAT of this sale, in đồng with VAT, only if he paid without cash. */
export function needsNonCashEvidence(amountAfterTax: number, taxPoint: IsoDate): boolean {
  const rule = thresholdOn('NON_CASH_EVIDENCE', taxPoint);
  return rule !== undefined && amountAfterTax >= rule.amount;
}
