import { describe, expect, it } from 'vitest';
import { titleOf } from './pdf/heading';
import { describeRate, formatInstant, formatLongDate, formatNumber, formatRate } from './vietnamese-format';

describe('Vietnamese formats', () => {
  it.each([
    ['0', '0'],
    ['999', '999'],
    [1_000, '1.000'],
    [-1_806_000, '-1.806.000'],
    [-100, '-100'],
    ['18518518.52', '18.518.518,52'],
    ['-0.123456', '-0,123456'],
    ['1234.5678', '1.234,5678'],
  ])('number %s: %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it.each([
    ['8%', '8%', 'Thuế suất 8%'],
    ['KCT', 'KCT', 'Không chịu thuế GTGT'],
    ['KKKNT', 'KKKNT', 'Không kê khai, tính nộp thuế GTGT'],
    ['KHAC:03.50%', '3,5%', 'Thuế suất 3,5%'],
    ['KHAC:12.00%', '12%', 'Thuế suất 12%'],
    ['KHAC:00.05%', '0,05%', 'Thuế suất 0,05%'],
    ['KHAC:10.00%', '10%', 'Thuế suất 10%'],
  ] as const)('rate %s: %s', (rate, short, long) => {
    expect([formatRate(rate), describeRate(rate)]).toEqual([short, long]);
  });

  it('writes days and instants as a Vietnamese calendar and clock show them', () => {
    expect(formatLongDate('2026-07-01')).toBe('Ngày 01 tháng 07 năm 2026');
    expect(formatInstant(new Date('2026-12-31T16:59:59Z'))).toBe('31/12/2026 23:59:59');
    expect(formatInstant(new Date('2026-12-31T17:00:00Z'))).toBe('01/01/2027 00:00:00');
  });

  it.each([
    [1, 'C26TYY', 'HÓA ĐƠN GIÁ TRỊ GIA TĂNG'],
    [2, 'C26MYY', 'HÓA ĐƠN BÁN HÀNG'],
    [5, 'C26GYY', 'TEM, VÉ, THẺ ĐIỆN TỬ'],
    [6, 'C26NYY', 'PHIẾU XUẤT KHO KIÊM VẬN CHUYỂN NỘI BỘ'],
    [6, 'C26BYY', 'PHIẾU XUẤT KHO HÀNG GỬI BÁN ĐẠI LÝ'],
    [6, 'C26TYY', 'PHIẾU XUẤT KHO'],
    [7, 'K26XAB', 'HÓA ĐƠN THƯƠNG MẠI'],
    [8, 'C26TYY', 'HÓA ĐƠN GIÁ TRỊ GIA TĂNG TÍCH HỢP BIÊN LAI'],
    [0, '', 'HÓA ĐƠN ĐIỆN TỬ'],
  ])('form %d of series %s is titled %s', (form, symbol, title) => {
    expect(titleOf(form, symbol)).toBe(title);
  });
});
