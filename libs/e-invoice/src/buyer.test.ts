import { describe, expect, it } from 'vitest';
import { buyerDisplayName, normalizeBuyer, validateBuyer } from './buyer';

const COMPANY = { kind: 'COMPANY', taxCode: '0100109106', legalName: 'Tập đoàn Viettel', address: 'Hà Nội' };

describe('validateBuyer', () => {
  const cases: { why: string; input: unknown; pointers: string[] }[] = [
    { why: 'a company', input: COMPANY, pointers: [] },
    { why: 'a company by a branch without dash', input: { ...COMPANY, taxCode: '0314409058002' }, pointers: [] },
    { why: 'a company without anything', input: { kind: 'COMPANY' }, pointers: ['/taxCode', '/legalName', '/address'] },
    { why: 'a wrong check digit', input: { ...COMPANY, taxCode: '0100109107' }, pointers: ['/taxCode'] },
    { why: 'a company with a personal number', input: { ...COMPANY, taxCode: '001099012345' }, pointers: ['/taxCode'] },
    { why: 'a number instead of text', input: { ...COMPANY, taxCode: 100109106 }, pointers: ['/taxCode'] },
    { why: 'a person', input: { kind: 'PERSON', name: 'Nguyễn Văn A' }, pointers: [] },
    {
      why: 'a person with a company code',
      input: { kind: 'PERSON', name: 'A', taxCode: '0100109106' },
      pointers: ['/taxCode'],
    },
    {
      why: 'a short personal number',
      input: { kind: 'PERSON', name: 'A', personalId: '0010990123' },
      pointers: ['/personalId'],
    },
    { why: 'a person without a name', input: { kind: 'PERSON', name: '  ' }, pointers: ['/name'] },
    { why: 'a consumer', input: { kind: 'CONSUMER', phone: '0901 234 567' }, pointers: [] },
    { why: 'a consumer with a code', input: { kind: 'CONSUMER', taxCode: '0100109106' }, pointers: ['/taxCode'] },
    { why: 'two e-mails', input: { ...COMPANY, email: 'a@b.vn,c@d.vn' }, pointers: ['/email'] },
    { why: 'a control character', input: { ...COMPANY, legalName: 'a\u0001b' }, pointers: ['/legalName'] },
    { why: 'an unknown kind', input: { kind: 'ROBOT' }, pointers: ['/kind'] },
    { why: 'no object', input: null, pointers: [''] },
  ];
  it.each(cases)('$why', ({ input, pointers }) => {
    expect(validateBuyer(input).map(({ pointer }) => pointer)).toEqual(pointers);
  });
});

describe('normalizeBuyer', () => {
  it('tidies text, keeps leading zeros and drops what is empty', () => {
    const input = { ...COMPANY, taxCode: ' 0314409058002', legalName: ' Công  ty ', email: '', phone: '0901-234-567' };
    expect(normalizeBuyer(input)).toEqual({
      kind: 'COMPANY',
      taxCode: '0314409058-002',
      legalName: 'Công ty',
      address: 'Hà Nội',
      phone: '0901234567',
    });
  });

  it('refuses what does not validate', () => {
    expect(() => normalizeBuyer({ kind: 'PERSON' })).toThrow(TypeError);
  });

  it('names a buyer who gave nothing as the law wants', () => {
    expect(buyerDisplayName(normalizeBuyer({ kind: 'CONSUMER' }))).toBe('Bán cho người tiêu dùng');
  });
});
