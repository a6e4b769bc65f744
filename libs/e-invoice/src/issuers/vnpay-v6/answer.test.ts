import { describe, expect, it } from 'vitest';
import { downloadOutcome, issueOutcome, lookUpOutcome } from './answer';
import { KEY, RAW, response } from './samples.fixture';
import { VNPAY_DEFAULTS } from './settings';

const OK = { code: '00', message: 'Success', data: { invoiceNumber: '00000061', lookupCode: 'ABC123' } };

describe('issueOutcome', () => {
  const cases: { why: string; status: number; body: unknown; expected: Record<string, unknown> }[] = [
    {
      why: 'success with a number',
      status: 200,
      body: OK,
      expected: { outcome: 'ISSUED', invoiceNumber: '00000061', lookupCode: 'ABC123' },
    },
    {
      why: 'a number as a number',
      status: 200,
      body: { code: '00', data: { invoiceNumber: 61 } },
      expected: { outcome: 'ISSUED', invoiceNumber: '61' },
    },
    {
      why: 'success without data',
      status: 200,
      body: { code: '00', message: '' },
      expected: { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' },
    },
    {
      why: 'success with number 0, a draft',
      status: 200,
      body: { code: '00', data: { invoiceNumber: 0 } },
      expected: { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' },
    },
    {
      why: 'success with an empty number',
      status: 200,
      body: { code: '00', data: { invoiceNumber: ' ' } },
      expected: { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' },
    },
    {
      why: 'a business refusal',
      status: 200,
      body: { code: 'E12', message: 'Sai ký hiệu' },
      expected: { outcome: 'REFUSED', permanent: true, code: 'E12', message: 'Sai ký hiệu', httpStatus: 200 },
    },
    {
      why: 'a refusal that also carries a number',
      status: 200,
      body: { ...OK, code: '99' },
      expected: { outcome: 'REFUSED', code: '99' },
    },
    {
      why: 'a repeated request id',
      status: 200,
      body: { code: 'DUPLICATE_REQUEST_ID' },
      expected: { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    },
    {
      why: 'a repeated request id as 409',
      status: 409,
      body: { code: 'DUPLICATE_REQUEST_ID' },
      expected: { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    },
    {
      why: 'a bad request',
      status: 400,
      body: { code: 'V01', message: 'bad' },
      expected: { outcome: 'REFUSED', permanent: true, code: 'V01', httpStatus: 400 },
    },
    {
      why: 'a bad request in HTML',
      status: 404,
      body: '<html>',
      expected: { outcome: 'REFUSED', permanent: true, code: 'HTTP_404' },
    },
    {
      why: 'a second 401',
      status: 401,
      body: '',
      expected: { outcome: 'REFUSED', permanent: false, code: 'HTTP_401' },
    },
    { why: 'forbidden', status: 403, body: {}, expected: { outcome: 'REFUSED', permanent: false } },
    {
      why: 'too many requests',
      status: 429,
      body: '',
      expected: { outcome: 'NOT_ISSUED', transient: true, proof: 'RATE_LIMITED', retryAfterMs: 7_000 },
    },
    {
      why: 'a server error',
      status: 500,
      body: { code: 'X' },
      expected: { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' },
    },
    {
      why: 'a server error that looks like success',
      status: 502,
      body: OK,
      expected: { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' },
    },
    { why: 'a gateway timeout', status: 504, body: '', expected: { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' } },
    {
      why: 'a cut body',
      status: 200,
      body: '{"code":"00","data":{"invoiceNu',
      expected: { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' },
    },
    { why: 'an empty body', status: 200, body: '', expected: { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' } },
    { why: 'an array', status: 200, body: [OK], expected: { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' } },
    { why: 'a redirect', status: 302, body: '', expected: { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' } },
  ];
  it.each(cases)('$why ($status)', ({ status, body, expected }) => {
    const answer = response(status, body, { 'retry-after': '7' });
    expect(issueOutcome(answer, RAW, VNPAY_DEFAULTS)).toMatchObject({ ...expected, raw: RAW });
  });

  it('takes the code of a repetition from the settings', () => {
    const settings = { ...VNPAY_DEFAULTS, duplicateCode: 'D7' };
    expect(issueOutcome(response(200, { code: 'D7' }), RAW, settings)).toMatchObject({ reason: 'DUPLICATE_REQUEST' });
  });
});

describe('lookUpOutcome', () => {
  const found = (data: unknown) => ({ code: '00', message: '', data });
  const cases: { why: string; status: number; body: unknown; outcome: string }[] = [
    { why: 'the invoice', status: 200, body: OK, outcome: 'FOUND' },
    {
      why: 'the invoice with its key',
      status: 200,
      body: found({ invoiceNumber: '1', requestId: KEY.requestId }),
      outcome: 'FOUND',
    },
    {
      why: "another request's invoice",
      status: 200,
      body: found({ invoiceNumber: '1', requestId: 'other' }),
      outcome: 'FAILED',
    },
    { why: 'a draft', status: 200, body: found({ lookupCode: 'A' }), outcome: 'FAILED' },
    { why: 'not found', status: 200, body: { code: '404', message: '' }, outcome: 'NOT_FOUND' },
    { why: 'not found by status too', status: 404, body: { code: '404' }, outcome: 'NOT_FOUND' },
    { why: 'a wrong path', status: 404, body: '<html>', outcome: 'FAILED' },
    { why: 'another code', status: 200, body: { code: '99' }, outcome: 'FAILED' },
    { why: 'the not-found code in a server error', status: 500, body: { code: '404' }, outcome: 'FAILED' },
    { why: 'too many requests', status: 429, body: '', outcome: 'FAILED' },
    { why: 'a cut body', status: 200, body: '{"code":"4', outcome: 'FAILED' },
  ];
  it.each(cases)('$why ($status) → $outcome', ({ status, body, outcome }) => {
    expect(lookUpOutcome(response(status, body), KEY, RAW, VNPAY_DEFAULTS)).toMatchObject({ outcome, raw: RAW });
  });
});

describe('downloadOutcome', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  it('decodes a PDF', () => {
    const outcome = downloadOutcome(response(200, { code: '00', data: base64('%PDF-1.7 x') }), VNPAY_DEFAULTS);
    expect(outcome).toMatchObject({ outcome: 'DOWNLOADED', contentType: 'application/pdf' });
    expect(outcome.outcome === 'DOWNLOADED' && Buffer.from(outcome.bytes).toString()).toBe('%PDF-1.7 x');
  });
  it.each([
    ['not found', response(200, { code: '404' }), 'NOT_FOUND'],
    ['no PDF', response(200, { code: '00', data: base64('<html>') }), 'FAILED'],
    ['no data', response(200, { code: '00' }), 'FAILED'],
    ['an error', response(500, { code: '00', data: base64('%PDF-') }), 'FAILED'],
  ])('%s', (_why, answer, outcome) => {
    expect(downloadOutcome(answer, VNPAY_DEFAULTS)).toMatchObject({ outcome });
  });
});
