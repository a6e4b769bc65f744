import type { IsoDate } from '../../vietnam-date';
import { covers } from './effective';
import type { Effective } from './effective';

/** What a law is about, as far as an invoice asks. */
export type LawSubject = 'TAX_ADMINISTRATION' | 'INVOICE_DECREE' | 'INVOICE_CIRCULAR' | 'VAT' | 'VAT_CUT';

export interface LawRule extends Effective {
  readonly subject: LawSubject;
  /** As a document cites it. */
  readonly citation: string;
}

/** Laws in force by day. Decree 123/2020 went on as amended by Decree 70/2025 until Decree 254/2026 replaced both. */
export const LAW_RULES: readonly LawRule[] = [
  law('TAX_ADMINISTRATION', 'Luật Quản lý thuế số 38/2019/QH14', '2020-07-01', '2026-06-30'),
  law('TAX_ADMINISTRATION', 'Luật Quản lý thuế số 108/2025/QH15', '2026-07-01', null),
  law('INVOICE_DECREE', 'Nghị định số 123/2020/NĐ-CP', '2022-07-01', '2025-05-31'),
  law(
    'INVOICE_DECREE',
    'Nghị định số 123/2020/NĐ-CP, sửa đổi bởi Nghị định số 70/2025/NĐ-CP',
    '2025-06-01',
    '2026-06-30',
  ),
  law('INVOICE_DECREE', 'Nghị định số 254/2026/NĐ-CP', '2026-07-01', null),
  law('INVOICE_CIRCULAR', 'Thông tư số 78/2021/TT-BTC', '2022-07-01', '2025-05-31'),
  law('INVOICE_CIRCULAR', 'Thông tư số 32/2025/TT-BTC', '2025-06-01', '2026-06-30'),
  law('INVOICE_CIRCULAR', 'Thông tư số 91/2026/TT-BTC', '2026-07-01', null),
  law('VAT', 'Luật Thuế giá trị gia tăng số 48/2024/QH15', '2025-07-01', null),
  law('VAT_CUT', 'Nghị quyết số 204/2025/QH15, Nghị định số 174/2025/NĐ-CP', '2025-07-01', '2026-12-31'),
];

/** The law on a subject on a day; undefined where none is in force or the table does not reach back that far. */
export function lawOn(subject: LawSubject, date: IsoDate, rules: readonly LawRule[] = LAW_RULES): LawRule | undefined {
  return rules.find((rule) => rule.subject === subject && covers(rule, date));
}

function law(subject: LawSubject, citation: string, effectiveFrom: IsoDate, effectiveTo: IsoDate | null): LawRule {
  return { subject, citation, effectiveFrom, effectiveTo };
}
