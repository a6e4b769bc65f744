import { expect, it } from 'vitest';
import { correctionLine } from './correction-line';
import { InvalidInvoiceError } from '../problem';

const ORIGINAL = { form: 1, symbol: 'C26TAA', number: '00000033', date: '2026-11-05' } as const;

it('writes the fixed line of an adjustment and of a replacement', () => {
  expect(correctionLine('ADJUST', ORIGINAL)).toBe(
    'Điều chỉnh cho hóa đơn Mẫu số 1 ký hiệu C26TAA số 00000033 ngày 05 tháng 11 năm 2026',
  );
  expect(correctionLine('REPLACE', { ...ORIGINAL, form: 2, number: '7' })).toBe(
    'Thay thế cho hóa đơn Mẫu số 2 ký hiệu C26TAA số 7 ngày 05 tháng 11 năm 2026',
  );
});

it('refuses a date that is no day', () => {
  expect(() => correctionLine('ADJUST', { ...ORIGINAL, date: '2026-11-31' })).toThrow(
    new InvalidInvoiceError([{ pointer: '/original/date', detail: 'is no day' }]),
  );
});
