import { describe, expect, it } from 'vitest';
import { InvalidInvoiceError } from '../problem';
import { exchange, retryAfterMs } from './exchange';
import { pdfOutcome } from './pdf-answer';
import type { IssuerCapabilities } from './issuer';
import { adjustment, request, response } from './vendor-samples.fixture';
import {
  adjustmentDirection,
  fractionDigits,
  isInvoiceNumber,
  printedSeries,
  refuseUncarried,
  splitJoinedNumber,
} from './vendor-invoice';
import { VNPT_SOAP } from './vnpt-soap/adapter';

const LEAST: IssuerCapabilities = VNPT_SOAP.capabilities;

describe('refuseUncarried', () => {
  const pointers = (changes: Parameters<typeof request>[1], sale = {}): string[] => {
    try {
      refuseUncarried('X', request(sale, changes), LEAST);
      return [];
    } catch (error) {
      return (error as InvalidInvoiceError).problems.map(({ pointer }) => pointer);
    }
  };
  const direct = {
    taxMethod: 'DIRECT',
    pricesIncludeTax: false,
    lines: [{ name: 'Phở', unitPrice: '50000', directCategory: 'SERVICE_WITH_GOODS' }],
  } as const;
  it.each([
    [{}, {}, []],
    [{ form: 2 }, {}, ['/form']],
    [{ form: 7 }, {}, ['/form']],
    [{ symbol: 'C26MAA' }, {}, ['/symbol']],
    [{ symbol: 'nonsense' }, {}, ['/symbol']],
    [{ autoRelease: false }, {}, ['/autoRelease']],
    [{ autoSign: false }, {}, ['/autoSign']],
    [{ autoSendCqt: false }, {}, []],
    [{ form: 2 }, direct, ['/invoice/totals/reduction']],
    [{ form: 2, symbol: 'x', autoRelease: false }, {}, ['/form', '/symbol', '/autoRelease']],
  ] as const)('%o: %o', (changes, sale, expected) => {
    expect(pointers(changes, sale)).toEqual(expected);
  });
  it('asks for no signature where the law asks for none', () => {
    const cashRegister = { ...LEAST, cashRegister: true };
    const unsigned = request({}, { symbol: 'C26MAA', autoSign: false });
    expect(() => refuseUncarried('X', unsigned, cashRegister)).not.toThrow();
  });
});

describe('adjustmentDirection', () => {
  const withAmounts = (...lines: { kind?: 'DISCOUNT'; amountAfterTax: number }[]) => {
    const base = adjustment();
    const [line] = base.invoice.lines;
    if (line === undefined) throw new Error('the sample has a line');
    return { ...base, invoice: { ...base.invoice, lines: lines.map((changes) => ({ ...line, ...changes })) } };
  };
  it.each([
    [[{ amountAfterTax: 5 }], 'INCREASE'],
    [[{ amountAfterTax: -5 }, { amountAfterTax: 0 }], 'DECREASE'],
    [[{ amountAfterTax: 0 }], 'INFORMATION'],
    [[{ amountAfterTax: -5 }, { kind: 'DISCOUNT', amountAfterTax: 5 }], 'DECREASE'],
  ] as const)('%j: %s', (lines, direction) => {
    expect(adjustmentDirection(withAmounts(...lines))).toBe(direction);
  });
  it('refuses both ways at once', () => {
    expect(() => adjustmentDirection(withAmounts({ amountAfterTax: 1 }, { amountAfterTax: -1 }))).toThrow(
      '/invoice/lines',
    );
  });
});

describe('numbers', () => {
  it.each([
    ['C25TAA12', { symbol: 'C25TAA', number: '12' }],
    ['K26TXM00000007', { symbol: 'K26TXM', number: '00000007' }],
    ['C25T1A1', { symbol: 'C25T1A', number: '1' }],
    ['C25TAA', undefined],
    ['C25TAA0', undefined],
    ['C25TAA000', undefined],
    ['C25TAA123456789', undefined],
    ['1C25TAA12', undefined],
    [' C25TAA12', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(splitJoinedNumber(text)).toEqual(expected);
  });
  it.each([
    ['1', true],
    ['00000033', true],
    ['99999999', true],
    ['0', false],
    ['00000000', false],
    ['100000000', false],
    ['', false],
    ['1 ', false],
    ['1.0', false],
  ])('%s is a number of an invoice: %s', (text, expected) => {
    expect(isInvoiceNumber(text)).toBe(expected);
  });
  it('joins form and series, and counts decimals', () => {
    expect(printedSeries({ form: 1, symbol: 'C26TAA' })).toBe('1C26TAA');
    const { invoice } = request();
    expect(fractionDigits(invoice, 'quantity')).toBe(1);
    expect(fractionDigits({ ...invoice, lines: [] }, 'unitPrice')).toBe(0);
  });
});

describe('exchange', () => {
  it('keeps harmless headers, and no header of the request', async () => {
    const headers = {
      'content-type': 'a',
      'set-cookie': 'session=1',
      'x-request-id': 'r',
      'retry-after': '2',
      date: 'd',
    };
    const send = async () => Promise.resolve(response(200, 'x'.repeat(300_000), headers));
    const { raw } = await exchange(send, { method: 'GET', url: 'u', headers: { cookie: 'c' } });
    expect(raw.response?.headers).toEqual({ 'content-type': 'a', 'x-request-id': 'r', 'retry-after': '2', date: 'd' });
    expect(raw.request).toEqual({ method: 'GET', url: 'u' });
    expect(raw.response?.body).toHaveLength(256 * 1024);
  });
  it.each([
    ['0', 0],
    ['7', 7_000],
    ['99999', 99_999_000],
    ['100000', undefined],
    ['1.5', undefined],
    ['-1', undefined],
    ['Fri, 20 Nov 2026 00:00:00 GMT', undefined],
  ])('reads Retry-After %s', (text, ms) => {
    expect(retryAfterMs(response(429, '', { 'retry-after': text }))).toBe(ms);
  });
});

describe('pdfOutcome', () => {
  it.each([
    [Buffer.from('%PDF-1.7').toString('base64'), 'DOWNLOADED'],
    [`${Buffer.from('%PDF-1.7').toString('base64')}\r\n`, 'DOWNLOADED'],
    [Buffer.from('<html>').toString('base64'), 'FAILED'],
    ['%PDF-1.7', 'FAILED'],
    ['', 'FAILED'],
    [null, 'FAILED'],
    [7, 'FAILED'],
  ])('%j: %s', (data, outcome) => {
    expect(pdfOutcome(data)).toMatchObject({ outcome });
  });
});
