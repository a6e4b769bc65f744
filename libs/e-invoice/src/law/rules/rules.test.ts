import { describe, expect, it } from 'vitest';
import { standardCategory } from '../../calculation/tax-rate';
import { covers } from './effective';
import type { Effective } from './effective';
import { CANCEL_RULES, ERROR_RULES, MANY_INVOICES_RULES, SAME_METHOD_RULES } from './error-rules';
import { DEADLINE_RULES, deadlineRuleOn } from './deadline-rules';
import { LAW_RULES, lawOn } from './law-rules';
import { DIRECT_RATIO_RULES, DIRECT_REDUCTION_RULES } from './direct-method-rules';
import { isExcludedFromCut, RATE_RULES, VAT_CUT_EXCLUSIONS } from './rate-rules';
import { FORM_RULES, formOn, letterOn, SERIES_LETTER_RULES } from './series-rules';
import { householdMustInvoice, needsNonCashEvidence, THRESHOLD_RULES, thresholdOn } from './threshold-rules';

describe('rules with a day', () => {
  it.each([
    ['2026-06-30', false],
    ['2026-07-01', true],
    ['2026-12-31', true],
    ['2027-01-01', false],
  ])('both ends belong to the period: %s %s', (date, inside) => {
    expect(covers({ effectiveFrom: '2026-07-01', effectiveTo: '2026-12-31' }, date)).toBe(inside);
    expect(covers({ effectiveFrom: '2026-07-01', effectiveTo: null }, date)).toBe(date >= '2026-07-01');
  });

  const tables: [string, readonly (Effective & object)[], (rule: never) => string][] = [
    ['laws', LAW_RULES, (rule: (typeof LAW_RULES)[number]) => rule.subject],
    ['rates', RATE_RULES, (rule: (typeof RATE_RULES)[number]) => rule.category],
    ['exclusions', VAT_CUT_EXCLUSIONS, (rule: (typeof VAT_CUT_EXCLUSIONS)[number]) => rule.goods],
    ['letters', SERIES_LETTER_RULES, (rule: (typeof SERIES_LETTER_RULES)[number]) => rule.letter],
    ['forms', FORM_RULES, (rule: (typeof FORM_RULES)[number]) => String(rule.form)],
    ['thresholds', THRESHOLD_RULES, (rule: (typeof THRESHOLD_RULES)[number]) => rule.subject],
    ['ratios', DIRECT_RATIO_RULES, (rule: (typeof DIRECT_RATIO_RULES)[number]) => rule.category],
    ['reductions', DIRECT_REDUCTION_RULES, () => 'reduction'],
    [
      'errors',
      ERROR_RULES.filter(({ series }) => series.includes('OTHER')),
      (rule: (typeof ERROR_RULES)[number]) => rule.cause,
    ],
    [
      'errors of M',
      ERROR_RULES.filter(({ series }) => series.includes('CASH_REGISTER')),
      (rule: (typeof ERROR_RULES)[number]) => rule.cause,
    ],
    ['deadlines', DEADLINE_RULES, (rule: (typeof DEADLINE_RULES)[number]) => rule.subject],
    ['cancels', CANCEL_RULES, () => 'cancel'],
    ['second errors', SAME_METHOD_RULES, () => 'same'],
    ['lists', MANY_INVOICES_RULES, () => 'list'],
  ] as never;
  it.each(tables)('no two rules of %s hold on one day', (_name, rules, subject) => {
    for (const rule of rules) {
      const others = rules.filter((other) => other !== rule && subject(other as never) === subject(rule as never));
      for (const other of others) {
        expect(covers(rule, other.effectiveFrom) || covers(other, rule.effectiveFrom)).toBe(false);
      }
    }
  });
});

describe('the law of a day', () => {
  it.each([
    ['INVOICE_DECREE', '2025-05-31', 'Nghị định số 123/2020/NĐ-CP'],
    ['INVOICE_DECREE', '2025-06-01', 'Nghị định số 123/2020/NĐ-CP, sửa đổi bởi Nghị định số 70/2025/NĐ-CP'],
    ['INVOICE_DECREE', '2026-06-30', 'Nghị định số 123/2020/NĐ-CP, sửa đổi bởi Nghị định số 70/2025/NĐ-CP'],
    ['INVOICE_DECREE', '2026-07-01', 'Nghị định số 254/2026/NĐ-CP'],
    ['INVOICE_CIRCULAR', '2025-05-31', 'Thông tư số 78/2021/TT-BTC'],
    ['INVOICE_CIRCULAR', '2025-06-01', 'Thông tư số 32/2025/TT-BTC'],
    ['INVOICE_CIRCULAR', '2026-06-30', 'Thông tư số 32/2025/TT-BTC'],
    ['INVOICE_CIRCULAR', '2026-07-01', 'Thông tư số 91/2026/TT-BTC'],
    ['TAX_ADMINISTRATION', '2026-06-30', 'Luật Quản lý thuế số 38/2019/QH14'],
    ['TAX_ADMINISTRATION', '2026-07-01', 'Luật Quản lý thuế số 108/2025/QH15'],
    ['VAT', '2025-06-30', undefined],
    ['VAT', '2025-07-01', 'Luật Thuế giá trị gia tăng số 48/2024/QH15'],
    ['VAT_CUT', '2026-12-31', 'Nghị quyết số 204/2025/QH15, Nghị định số 174/2025/NĐ-CP'],
    ['VAT_CUT', '2027-01-01', undefined],
  ] as const)('%s on %s is %s', (subject, date, citation) => {
    expect(lawOn(subject, date)?.citation).toBe(citation);
  });
});

describe('goods that the cut of VAT excludes', () => {
  it.each([
    'TELECOM',
    'FINANCE',
    'BANKING',
    'SECURITIES',
    'INSURANCE',
    'REAL_ESTATE',
    'METAL_PRODUCTS',
    'MINING_PRODUCTS',
    'EXCISE_GOODS',
  ] as const)('%s stays at 10 %% while it lasts', (goods) => {
    expect(standardCategory(goods, '2025-07-01')).toBe('STANDARD');
    expect(standardCategory(goods, '2026-12-31')).toBe('STANDARD');
    expect(isExcludedFromCut(goods, '2025-06-30')).toBe(false);
    expect(isExcludedFromCut(goods, '2027-01-01')).toBe(false);
  });

  it('cuts the rest, coal and petrol among them', () => {
    expect(standardCategory('OTHER', '2026-11-20')).toBe('STANDARD_REDUCED');
    expect(
      VAT_CUT_EXCLUSIONS.filter(({ except }) => except !== null).map(({ goods, except }) => [goods, except]),
    ).toEqual([
      ['MINING_PRODUCTS', 'COAL'],
      ['EXCISE_GOODS', 'PETROL'],
    ]);
  });
});

describe('shares of revenue under the direct method', () => {
  it.each([
    ['DISTRIBUTION', 100, 50],
    ['SERVICE_WITH_GOODS', 300, 150],
    ['SERVICE', 500, 200],
    ['OTHER', 200, 100],
  ])('%s pays %d + %d hundredths of a percent', (category, vatBasisPoints, incomeTaxBasisPoints) => {
    const rules = DIRECT_RATIO_RULES.filter((rule) => rule.category === category);
    expect(rules).toMatchObject([{ vatBasisPoints, incomeTaxBasisPoints }]);
  });

  it('are cut by 20 % until the end of 2026', () => {
    expect(DIRECT_REDUCTION_RULES).toMatchObject([
      {
        sharePercent: 20,
        effectiveFrom: '2025-07-01',
        effectiveTo: '2026-12-31',
        citation: 'Nghị quyết số 204/2025/QH15',
      },
    ]);
  });
});

describe('thresholds', () => {
  it.each([
    ['HOUSEHOLD_TAX_FREE', '2025-12-31', undefined],
    ['HOUSEHOLD_TAX_FREE', '2026-01-01', 1_000_000_000],
    ['HOUSEHOLD_INVOICE', '2025-05-31', undefined],
    ['HOUSEHOLD_INVOICE', '2025-06-01', 1_000_000_000],
    ['HOUSEHOLD_INVOICE', '2026-07-01', 1_000_000_000],
    ['NON_CASH_EVIDENCE', '2025-06-30', undefined],
    ['NON_CASH_EVIDENCE', '2025-07-01', 5_000_000],
  ] as const)('%s on %s is %s', (subject, date, amount) => {
    expect(thresholdOn(subject, date)?.amount).toBe(amount);
  });

  it('a household business invoices above, a buyer pays without cash from its threshold', () => {
    expect(householdMustInvoice(1_000_000_000, '2026-11-20')).toBe(false);
    expect(householdMustInvoice(1_000_000_001, '2026-11-20')).toBe(true);
    expect(householdMustInvoice(9_000_000_000, '2025-05-31')).toBe(false);
    expect(needsNonCashEvidence(4_999_999, '2026-11-20')).toBe(false);
    expect(needsNonCashEvidence(5_000_000, '2026-11-20')).toBe(true);
    expect(needsNonCashEvidence(5_000_000, '2025-06-30')).toBe(false);
  });
});

describe('letters and forms', () => {
  it.each([
    ['M', '2022-07-01', true],
    ['X', '2025-05-31', false],
    ['X', '2025-06-01', true],
    ['F', '2026-06-30', false],
    ['F', '2026-07-01', true],
    ['Z', '2026-07-01', false],
  ])('letter %s on %s: %s', (letter, date, inUse) => {
    expect(letterOn(letter, date) !== undefined).toBe(inUse);
  });

  it.each([
    [1, '2025-05-31', true],
    [6, '2025-05-31', true],
    [7, '2025-05-31', false],
    [8, '2025-06-01', true],
    [9, '2025-05-31', false],
    [10, '2026-07-01', false],
  ])('form %d on %s: %s', (form, date, inUse) => {
    expect(formOn(form, date) !== undefined).toBe(inUse);
  });

  it('has every letter and form of the reference', () => {
    expect(SERIES_LETTER_RULES.map(({ letter }) => letter).join('')).toBe('TDLMNBGHXF');
    expect(FORM_RULES.map(({ form }) => form)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('deadlines', () => {
  it.each([
    ['CASH_REGISTER_DATA', '2026-07-01', 0, 'Nghị định số 254/2026/NĐ-CP, Điều 15 khoản 3'],
    ['INVOICE_DATA', '2026-07-01', 1, 'Nghị định số 254/2026/NĐ-CP, Điều 16 khoản 3 điểm a.3'],
    ['SIGNING', '2026-07-01', 1, 'Nghị định số 254/2026/NĐ-CP, Phụ lục mục 7'],
    ['AUTHORITY_OUTAGE', '2026-07-01', 2, 'Nghị định số 254/2026/NĐ-CP, Điều 14 khoản 4'],
    ['FORCE_MAJEURE', '2026-07-01', 3, 'Nghị định số 254/2026/NĐ-CP, Điều 14 khoản 5'],
    ['INVOICE_DATA', '2026-06-30', 1, 'Nghị định số 123/2020/NĐ-CP, sửa đổi bởi Nghị định số 70/2025/NĐ-CP'],
    ['FORCE_MAJEURE', '2026-06-30', undefined, undefined],
    ['INVOICE_DATA', '2025-05-31', undefined, undefined],
  ] as const)('%s from %s: %s working days, %s', (subject, date, workingDays, citation) => {
    const rule = deadlineRuleOn(subject, date);
    expect([rule?.workingDays, rule?.citation]).toEqual([workingDays, citation]);
  });
});
