import type { IsoDate } from '../../vietnam-date';
import { covers } from './effective';
import type { Effective } from './effective';

/**
 * What has to be done by when: data of a cash-register sale and of any other invoice sent, an invoice signed, data sent
 * that the authority's own outage or force majeure held back.
 */
export type DeadlineSubject = 'CASH_REGISTER_DATA' | 'INVOICE_DATA' | 'SIGNING' | 'AUTHORITY_OUTAGE' | 'FORCE_MAJEURE';

export interface DeadlineRule extends Effective {
  readonly subject: DeadlineSubject;
  /** Ends with the n-th working day after the day that counts; 0 = with that day itself, worked or not. */
  readonly workingDays: 0 | 1 | 2 | 3;
  readonly citation: string;
}

const DECREE_70: Effective & { citation: string } = {
  citation: 'Nghị định số 123/2020/NĐ-CP, sửa đổi bởi Nghị định số 70/2025/NĐ-CP',
  effectiveFrom: '2025-06-01',
  effectiveTo: '2026-06-30',
};
const DECREE_254 = 'Nghị định số 254/2026/NĐ-CP';
const NOW: Effective = { effectiveFrom: '2026-07-01', effectiveTo: null };

export const DEADLINE_RULES: readonly DeadlineRule[] = [
  { subject: 'CASH_REGISTER_DATA', workingDays: 0, ...DECREE_70 },
  { subject: 'INVOICE_DATA', workingDays: 1, ...DECREE_70 },
  { subject: 'SIGNING', workingDays: 1, ...DECREE_70 },
  { subject: 'CASH_REGISTER_DATA', workingDays: 0, citation: `${DECREE_254}, Điều 15 khoản 3`, ...NOW },
  { subject: 'INVOICE_DATA', workingDays: 1, citation: `${DECREE_254}, Điều 16 khoản 3 điểm a.3`, ...NOW },
  { subject: 'SIGNING', workingDays: 1, citation: `${DECREE_254}, Phụ lục mục 7`, ...NOW },
  { subject: 'AUTHORITY_OUTAGE', workingDays: 2, citation: `${DECREE_254}, Điều 14 khoản 4`, ...NOW },
  { subject: 'FORCE_MAJEURE', workingDays: 3, citation: `${DECREE_254}, Điều 14 khoản 5`, ...NOW },
];

/** The rule on a day; undefined where the table knows none. */
export function deadlineRuleOn(
  subject: DeadlineSubject,
  date: IsoDate,
  rules: readonly DeadlineRule[] = DEADLINE_RULES,
): DeadlineRule | undefined {
  return rules.find((rule) => rule.subject === subject && covers(rule, date));
}
