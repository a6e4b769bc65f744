import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerFormatError } from '../answer-format';
import { RAW, response, soapAnswer } from '../vendor-samples.fixture';
import { downloadOutcome, issueOutcome, lookUpOutcome, readError, readOk } from './answer';
import { BUSINESS_CODES, PORTAL_CODES, PUBLISH_CODES } from './codes';
import { VNPT_DEFAULTS } from './settings';
import { resultOf } from './soap';

const FKEY = 'order-1';
const EXPECTED = { fkey: FKEY, pattern: '1/001', serial: 'C25TAA' };
const METHOD = 'ImportAndPublishInv';
const publish = (result: string) => issueOutcome(soapAnswer(METHOD, result), RAW, METHOD, PUBLISH_CODES, EXPECTED);
const UNREADABLE = { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' };

describe('readOk', () => {
  it.each([
    ['OK:1/001;C25TAA-order-1_12', '12'],
    ['OK: 1/001;C25TAA-order-1_12', '12'],
    ['OK:1/001;C25TAA-other_11,order-1_12', '12'],
    ['OK:1/001;C25TAA-order-1_12,order-2_13', '12'],
    ['OK:1/001;C25TAA-order-1_0000021', '0000021'],
    ['OK:1/001;C25TAA;12', '12'],
  ])('%s', (text, number) => {
    expect(readOk(text, FKEY)).toEqual({ pattern: '1/001', serial: 'C25TAA', number });
  });
  it.each([
    ['OK:', 'is not followed'],
    ['OK:1/001;C25TAA-', 'is not followed'],
    ['OK:1/001;C25TAA', 'is not followed'],
    ['OK:1/001;C25TAA-other_12', 'does not name our key once'],
    ['OK:1/001;C25TAA-order-1_12,order-1_13', 'does not name our key once'],
    ['OK:1/001;C25TAA-order-12', 'does not name our key once'],
    ['', 'is not followed'],
    ['ok:1/001;C25TAA-order-1_12', 'is not followed'],
  ])('%s: %s', (text, reason) => {
    expect(() => readOk(text, FKEY)).toThrow(AnswerFormatError);
    expect(() => readOk(text, FKEY)).toThrow(reason);
  });
  it('finds any key among any others', () => {
    const key = fc.stringMatching(/^[A-Za-z0-9-]{1,36}$/);
    const others = fc.array(fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/), fc.nat(99_999_999)), { maxLength: 5 });
    fc.assert(
      fc.property(key, fc.integer({ min: 1, max: 99_999_999 }), others, (fkey, number, rest) => {
        fc.pre(rest.every(([other]) => other !== fkey));
        const entries = [...rest.map(([other, n]) => `${other}_${n}`), `${fkey}_${number}`];
        expect(readOk(`OK:1/001;C25TAA-${entries.join(',')}`, fkey).number).toBe(String(number));
      }),
    );
  });
});

describe('readError', () => {
  it.each([
    ['ERR:13', '13', ''],
    ['ERR:8.1', '8.1', ''],
    ['ERR:5 Exception', '5', 'Exception'],
    ['ERR:14#1/001;C25TAA', '14', '1/001;C25TAA'],
    ['ERR: 7: no company', '7', 'no company'],
    ['ERR:', '', ''],
  ])('%s', (text, code, message) => {
    expect(readError(text)).toEqual({ code, message });
  });
  it.each([['OK:1'], ['err:1'], [' ERR:1'], [''], ['ERR:1234']])('%s is no error, or none that is listed', (text) => {
    expect(readError(text)?.code ?? '').toBe('');
  });
});

describe('publishing', () => {
  const CODES: Readonly<Record<string, Record<string, unknown>>> = {
    '1': { outcome: 'REFUSED', permanent: false },
    '3': { outcome: 'REFUSED', permanent: true },
    '5': { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' },
    '6': { outcome: 'REFUSED', permanent: false },
    '7': { outcome: 'REFUSED', permanent: false },
    '10': { outcome: 'REFUSED', permanent: true },
    '13': { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    '20': { outcome: 'REFUSED', permanent: false },
    '21': { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    '29': { outcome: 'REFUSED', permanent: false },
    '30': { outcome: 'REFUSED', permanent: true },
    '35': { outcome: 'REFUSED', permanent: false },
  };
  it.each(Object.entries(CODES))('ERR:%s', (code, expected) => {
    expect(publish(`ERR:${code}`)).toMatchObject({ ...expected, raw: RAW });
    if (expected['outcome'] === 'REFUSED') expect(publish(`ERR:${code}`)).toMatchObject({ code: `ERR:${code}` });
  });
  it('has no other codes', () => {
    expect(Object.keys(PUBLISH_CODES).toSorted()).toEqual(Object.keys(CODES).toSorted());
    for (const code of ['2', '8', '14', '99', '13.1']) {
      expect(publish(`ERR:${code}`)).toMatchObject({ outcome: 'UNKNOWN', reason: 'UNLISTED_CODE' });
    }
  });
  it.each([
    ['OK:1/001;C25TAA-order-1_12', { outcome: 'ISSUED', invoiceNumber: '12', symbol: 'C25TAA' }],
    ['  OK:1/001;C25TAA-order-1_12\n', { outcome: 'ISSUED' }],
    ['OK:1/001;C25TAA-order-1_0', { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' }],
    ['OK:1/001;C25TAA-order-1_', { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' }],
    ['OK:1/001;C25TBB-order-1_12', UNREADABLE],
    ['OK:1/002;C25TAA-order-1_12', UNREADABLE],
    ['OK:1/001;C25TAA-other_12', UNREADABLE],
    ['ERR', { outcome: 'UNKNOWN', reason: 'UNLISTED_CODE' }],
    ['', UNREADABLE],
  ])('%s', (result, expected) => {
    expect(publish(result)).toMatchObject(expected);
  });

  const ok = soapAnswer(METHOD, 'OK:1/001;C25TAA-order-1_12').body;
  const fault =
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>' +
    '<faultcode>soap:Server</faultcode><faultstring>Server was unable</faultstring></soap:Fault></soap:Body></soap:Envelope>';
  it.each([
    ['a fault', 500, fault, { outcome: 'UNKNOWN', reason: 'SERVER_ERROR', message: 'Server was unable' }],
    ['a fault in status 200', 200, fault, UNREADABLE],
    ['a server error that looks like success', 503, ok, { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['HTML', 200, '<html><body>x</body></html>', UNREADABLE],
    ['a cut body', 200, ok.slice(0, -20), UNREADABLE],
    ['a document type', 200, `<!DOCTYPE x [<!ENTITY a "b">]>${ok.replace(/^<\?.*?\?>/, '')}`, UNREADABLE],
    ['an entity of its own', 200, ok.replace('OK:', '&own;'), UNREADABLE],
    ['an answer of another method', 200, soapAnswer('cancelInv', 'OK:1/001;C25TAA-order-1_12').body, UNREADABLE],
    ['not found', 404, '', { outcome: 'REFUSED', permanent: true, code: 'HTTP_404' }],
    ['unauthorised', 401, '', { outcome: 'REFUSED', permanent: false }],
    ['too many requests', 429, '', { outcome: 'NOT_ISSUED', proof: 'RATE_LIMITED', retryAfterMs: 7_000 }],
    ['a redirect', 302, '', UNREADABLE],
    ['a huge body', 200, 'x'.repeat(1_000_001), UNREADABLE],
  ])('%s (%s)', (_why, status, body, expected) => {
    const answer = response(status, body, { 'retry-after': '7' });
    expect(issueOutcome(answer, RAW, METHOD, PUBLISH_CODES, EXPECTED)).toMatchObject(expected);
  });
});

describe('adjusting and replacing', () => {
  const CODES: Readonly<Record<string, Record<string, unknown>>> = {
    '1': { outcome: 'REFUSED', permanent: false },
    '2': { outcome: 'REFUSED', permanent: true },
    '3': { outcome: 'REFUSED', permanent: true },
    '5': { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' },
    '6': { outcome: 'REFUSED', permanent: false },
    '7': { outcome: 'REFUSED', permanent: false },
    '8': { outcome: 'REFUSED', permanent: true },
    '8.1': { outcome: 'REFUSED', permanent: true },
    '9': { outcome: 'REFUSED', permanent: true },
    '13': { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    '14': { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' },
    '15': { outcome: 'REFUSED', permanent: true },
    '19': { outcome: 'REFUSED', permanent: true },
    '20': { outcome: 'REFUSED', permanent: false },
    '21': { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    '29': { outcome: 'REFUSED', permanent: false },
    '30': { outcome: 'REFUSED', permanent: true },
    '60': { outcome: 'REFUSED', permanent: true },
    '61': { outcome: 'REFUSED', permanent: true },
    '62': { outcome: 'REFUSED', permanent: true },
  };
  const method = 'AdjustInvoiceAction';
  it.each(Object.entries(CODES))('ERR:%s', (code, expected) => {
    const outcome = issueOutcome(soapAnswer(method, `ERR:${code}`), RAW, method, BUSINESS_CODES, EXPECTED);
    expect(outcome).toMatchObject(expected);
  });
  it('has no other codes, and gives shared ones a meaning of their own', () => {
    expect(Object.keys(BUSINESS_CODES).toSorted()).toEqual(Object.keys(CODES).toSorted());
    expect(BUSINESS_CODES['13']?.meaning).not.toBe(PUBLISH_CODES['13']?.meaning);
    expect(BUSINESS_CODES['6']?.meaning).not.toBe(PUBLISH_CODES['6']?.meaning);
  });
});

describe('looking up', () => {
  const method = VNPT_DEFAULTS.lookUpMethod;
  const item = (changes: Readonly<Record<string, string>> = {}): string => {
    const members = {
      index: '1',
      pattern: '1/001',
      serial: 'C25TAA',
      invNum: '0000021',
      status: '1',
      fkey: FKEY,
      ...changes,
    };
    const texts = Object.entries(members).map(([name, value]) => `<${name}>${value}</${name}>`);
    return `<Item>${texts.join('')}<cusname><![CDATA[Doanh nghiệp <A> & B]]></cusname></Item>`;
  };
  const rows: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ['the invoice', `<Data>${item()}</Data>`, { outcome: 'FOUND', invoiceNumber: '0000021', symbol: 'C25TAA' }],
    ['the invoice after OK', `OK:<Data>${item()}</Data>`, { outcome: 'FOUND' }],
    ['the invoice among others', `<Data>${item({ fkey: 'x' })}${item()}</Data>`, { outcome: 'FOUND' }],
    ['nothing', '<Data></Data>', { outcome: 'NOT_FOUND' }],
    ['nothing, in short', '<Data/>', { outcome: 'NOT_FOUND' }],
    ['others only', `<Data>${item({ fkey: 'x' })}</Data>`, { outcome: 'FAILED', reason: 'other keys only' }],
    ['two under the key', `<Data>${item()}${item()}</Data>`, { outcome: 'FAILED', unsettled: true }],
    ['a draft', `<Data>${item({ status: '0' })}</Data>`, { outcome: 'FAILED', unsettled: true }],
    [
      'no status',
      `<Data>${item({ status: '' })}</Data>`,
      { outcome: 'FAILED', unsettled: true, reason: 'status none' },
    ],
    ['number 0', `<Data>${item({ invNum: '0' })}</Data>`, { outcome: 'FAILED', unsettled: true }],
    ['another document', '<Items></Items>', { outcome: 'FAILED', reason: '/Data is missing' }],
    ['no document', 'nothing here', { outcome: 'FAILED' }],
  ];
  it.each(rows)('%s', (_why, result, expected) => {
    const outcome = lookUpOutcome(soapAnswer(method, result), RAW, FKEY, VNPT_DEFAULTS);
    expect(outcome).toMatchObject({ ...expected, raw: RAW });
    expect('unsettled' in outcome).toBe('unsettled' in expected);
  });
  const CODES: Readonly<Record<string, string>> = {
    '1': 'FAILED',
    '2': 'FAILED',
    '4': 'FAILED',
    '6': 'NOT_FOUND',
    '7': 'FAILED',
    '11': 'FAILED unsettled',
    '12': 'FAILED unsettled',
    '13': 'FAILED unsettled',
    '5': 'FAILED',
    '': 'FAILED',
  };
  it.each(Object.entries(CODES))('ERR:%s: %s', (code, expected) => {
    const outcome = lookUpOutcome(soapAnswer(method, `ERR:${code}`), RAW, FKEY, VNPT_DEFAULTS);
    expect(`${outcome.outcome}${'unsettled' in outcome ? ' unsettled' : ''}`).toBe(expected);
  });
  it('has no other codes', () => {
    expect(Object.keys(PORTAL_CODES).every((code) => code in CODES)).toBe(true);
  });
  it('believes no list in a server error', () => {
    const answer = soapAnswer(method, '<Data/>', 500);
    expect(lookUpOutcome(answer, RAW, FKEY, VNPT_DEFAULTS)).toMatchObject({ outcome: 'FAILED', reason: 'status 500' });
  });
});

describe('downloading', () => {
  const method = VNPT_DEFAULTS.pdfMethod;
  it.each([
    [Buffer.from('%PDF-1.7').toString('base64'), 'DOWNLOADED'],
    ['ERR:6', 'NOT_FOUND'],
    ['ERR:12', 'FAILED'],
    ['ERR:99 x', 'FAILED'],
    ['nonsense!', 'FAILED'],
  ])('%s: %s', (result, outcome) => {
    expect(downloadOutcome(soapAnswer(method, result), method)).toMatchObject({ outcome });
  });
  it('needs status 200', () => {
    expect(downloadOutcome(soapAnswer(method, 'ERR:6', 500), method)).toMatchObject({ outcome: 'FAILED' });
  });
});

describe('resultOf', () => {
  const inside = (text: string) => resultOf(soapAnswer('m', '').body.replace('<mResult>', `<mResult>${text}`), 'm');

  it('reads sections as text, with what looks like another beginning inside', () => {
    expect(inside('a<![CDATA[<b> & ]]>c<![CDATA[]]>d')).toBe('a<b> & cd');
    expect(inside('<![CDATA[1<![CDATA[2<![CDATA[3]]>4')).toBe('1<![CDATA[2<![CDATA[34');
    expect(() => inside('<![CDATA['.repeat(100_000))).toThrow(
      new AnswerFormatError('', 'holds a CDATA section that is not closed'),
    );
  });

  it('gives text or its own error for anything', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('<a>', '</a>', '<![CDATA[', ']]>', '&', '<?xml'),
    );
    fc.assert(
      fc.property(
        fc.array(noise).map((parts) => parts.join('')),
        (text) => {
          for (const body of [text, soapAnswer('m', '').body.replace('<mResult>', `<mResult>${text}`)]) {
            try {
              expect(typeof resultOf(body, 'm')).toBe('string');
            } catch (error) {
              expect(error).toBeInstanceOf(AnswerFormatError);
            }
          }
        },
      ),
    );
  });
});
