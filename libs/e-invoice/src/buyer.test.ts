import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InvoiceBuyer } from './buyer';
import { BUYER_DATA_RULES, buyerDisplayName, identifyBuyer, normalizeBuyer, validateBuyer } from './buyer';

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
    {
      why: 'a company with a personal id',
      input: { ...COMPANY, personalId: '001099012345' },
      pointers: ['/personalId'],
    },
    { why: 'a company with its budget code', input: { ...COMPANY, budgetUnitCode: '1012345' }, pointers: [] },
    {
      why: 'a person with an id and an address',
      input: { kind: 'PERSON', name: 'A', personalId: '001099012345', address: 'Huế' },
      pointers: [],
    },
    {
      why: 'a person with a legal name',
      input: { kind: 'PERSON', name: 'A', legalName: 'Công ty' },
      pointers: ['/legalName'],
    },
    {
      why: 'a consumer with an id',
      input: { kind: 'CONSUMER', personalId: '001099012345' },
      pointers: ['/personalId'],
    },
    { why: 'a phone too short', input: { kind: 'CONSUMER', phone: '0901' }, pointers: ['/phone'] },
    {
      why: 'everything at once',
      input: { kind: 'PERSON', name: '', personalId: 'x', taxCode: '0100109106', email: 'x' },
      pointers: ['/name', '/personalId', '/taxCode', '/email'],
    },
    { why: 'a name too long', input: { kind: 'PERSON', name: 'x'.repeat(101) }, pointers: ['/name'] },
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

describe('identifyBuyer', () => {
  const person: InvoiceBuyer = { kind: 'PERSON', name: 'A', phone: '0901234567' };
  const consumer: InvoiceBuyer = { kind: 'CONSUMER', phone: '0901234567' };
  it.each([
    [normalizeBuyer(COMPANY), 'M', '2026-11-20', 'TAX_CODE'],
    [{ ...person, personalId: '001099012345' }, 'T', '2026-11-20', 'PERSONAL_ID'],
    [person, 'M', '2026-07-01', 'PHONE'],
    [consumer, 'M', '2026-07-01', 'PHONE'],
    [consumer, 'M', '2026-06-30', 'NONE'],
    [consumer, 'T', '2026-07-01', 'NONE'],
    [person, 'T', '2026-07-01', 'NAME'],
    [person, 'M', '2026-06-30', 'NAME'],
    [{ kind: 'CONSUMER' }, 'M', '2026-07-01', 'NONE'],
  ] as const)('%j in a series %s on %s: %s', (buyer, letter, date, identification) => {
    expect(identifyBuyer(buyer, letter, date)).toBe(identification);
  });

  it('cites the rule', () => {
    expect(BUYER_DATA_RULES).toMatchObject([
      { data: 'PHONE', citation: 'Nghị định số 254/2026/NĐ-CP, Điều 10 khoản 4' },
    ]);
  });
});

describe('any input', () => {
  it('is refused with pointers or normalized to what stays as it is', () => {
    const members = fc.record(
      {
        kind: fc.constantFrom('COMPANY', 'PERSON', 'CONSUMER', 'x', 1),
        taxCode: fc.constantFrom('0100109106', '0314409058002', '1', null),
        legalName: fc.oneof(fc.string(), fc.anything()),
        name: fc.string(),
        address: fc.string(),
        personalId: fc.constantFrom('001099012345', '', '1'),
        phone: fc.string(),
        email: fc.constantFrom('a@b.vn', 'a', ''),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(members, fc.anything()), (input) => {
        const problems = validateBuyer(input);
        if (problems.length > 0) return problems.every(({ pointer }) => pointer === '' || pointer.startsWith('/'));
        const buyer = normalizeBuyer(input);
        expect(validateBuyer(buyer)).toEqual([]);
        expect(normalizeBuyer(buyer)).toEqual(buyer);
        return buyerDisplayName(buyer) !== '';
      }),
    );
  });
});
