import { describe, expect, it } from 'vitest';
import { KEY, RAW, response } from '../vendor-samples.fixture';
import { accessToken, downloadOutcome, isGeneralFault, issueOutcome, lookUpOutcome } from './answer';
import { CREATE_CODES, createMeaning } from './codes';
import { VIETTEL_DEFAULTS } from './settings';

const EXPECTED = { taxCode: KEY.taxCode, symbol: 'C25TAA' };
const RESULT = {
  supplierTaxCode: KEY.taxCode,
  invoiceNo: 'C25TAA12',
  transactionID: 'T-1',
  reservationCode: 'RES123',
  codeOfTax: '00AB',
};
const OK = { errorCode: '', description: '', result: RESULT };
const GENERAL = { timestamp: 'x', status: 500, error: 'Internal Server Error', message: 'GENERAL' };

type Row = readonly [why: string, status: number, body: unknown, expected: Record<string, unknown>];

describe('issueOutcome', () => {
  const rows: readonly Row[] = [
    [
      'success',
      200,
      OK,
      {
        outcome: 'ISSUED',
        invoiceNumber: '12',
        symbol: 'C25TAA',
        lookupCode: 'RES123',
        providerReference: 'T-1',
        cqtCode: '00AB',
      },
    ],
    ['success with errorCode null', 200, { ...OK, errorCode: null }, { outcome: 'ISSUED', invoiceNumber: '12' }],
    ['success that says SUCCESS', 200, { ...OK, message: 'SUCCESS' }, { outcome: 'ISSUED' }],
    [
      'zeros at the front',
      200,
      { ...OK, result: { invoiceNo: 'C25TAA00000012' } },
      { outcome: 'ISSUED', invoiceNumber: '00000012' },
    ],
    ['no errorCode at all', 200, { result: RESULT }, { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' }],
    ['no result', 200, { errorCode: '' }, { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' }],
    ['no number', 200, { errorCode: '', result: {} }, { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' }],
    [
      'number 0',
      200,
      { errorCode: '', result: { invoiceNo: 'C25TAA0' } },
      { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' },
    ],
    [
      'a number of another kind',
      200,
      { errorCode: '', result: { invoiceNo: 12 } },
      { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' },
    ],
    [
      'another series',
      200,
      { errorCode: '', result: { invoiceNo: 'C25TBB12' } },
      { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' },
    ],
    [
      'another seller',
      200,
      { errorCode: '', result: { ...RESULT, supplierTaxCode: '0100109106' } },
      { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' },
    ],
    [
      'a business error in status 200',
      200,
      { errorCode: 'TEMPLATE_NOT_FOUND', description: 'Mẫu hóa đơn không tồn tại' },
      {
        outcome: 'REFUSED',
        permanent: false,
        code: 'TEMPLATE_NOT_FOUND',
        message: 'Mẫu hóa đơn không tồn tại',
        httpStatus: 200,
      },
    ],
    [
      'a business error in status 400',
      400,
      { code: 400, message: 'INVOICE_SERIAL_NOT_FOUND', data: 'Ký hiệu hóa đơn không tồn tại' },
      {
        outcome: 'REFUSED',
        permanent: false,
        code: 'INVOICE_SERIAL_NOT_FOUND',
        message: 'Ký hiệu hóa đơn không tồn tại',
        httpStatus: 400,
      },
    ],
    [
      'a used transactionUuid',
      400,
      { code: 400, message: 'TRANSACTION_UUID_INVALID', data: 'đã được lập', errorCode: null },
      { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    ],
    [
      'an unlisted code',
      400,
      { code: 400, message: 'BUYER_ADDRESS_INVALID', data: 'sai' },
      { outcome: 'REFUSED', permanent: true, code: 'BUYER_ADDRESS_INVALID' },
    ],
    [
      'a code together with a number',
      200,
      { ...OK, errorCode: '00' },
      { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' },
    ],
    [
      'words in status 400',
      400,
      { code: 400, message: 'sai' },
      { outcome: 'REFUSED', permanent: true, code: 'HTTP_400', message: 'sai' },
    ],
    ['HTML in status 404', 404, '<html>', { outcome: 'REFUSED', permanent: true, code: 'HTTP_404' }],
    ['a second 401', 401, '', { outcome: 'REFUSED', permanent: false, code: 'HTTP_401' }],
    ['forbidden', 403, '', { outcome: 'REFUSED', permanent: false }],
    ['too many requests', 429, '', { outcome: 'NOT_ISSUED', proof: 'RATE_LIMITED', retryAfterMs: 7_000 }],
    ['GENERAL', 500, GENERAL, { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['GENERAL in status 400', 400, { message: 'GENERAL' }, { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['a server error that looks like success', 502, OK, { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['a cut body', 200, '{"errorCode":"","result":{"inv', { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' }],
    ['HTML', 200, '<html>', { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' }],
    ['a redirect', 302, '', { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' }],
    ['created', 201, OK, { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' }],
  ];
  it.each(rows)('%s (%s)', (_why, status, body, expected) => {
    expect(issueOutcome(response(status, body, { 'retry-after': '7' }), RAW, EXPECTED)).toMatchObject({
      ...expected,
      raw: RAW,
    });
  });

  const afterDoubt: readonly Row[] = [
    ['the number', 200, OK, { outcome: 'ISSUED' }],
    [
      'a used transactionUuid',
      400,
      { message: 'TRANSACTION_UUID_INVALID' },
      { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    ],
    [
      'a refusal that the first try must have met',
      400,
      { message: 'INVOICE_SERIAL_NOT_FOUND' },
      { outcome: 'REFUSED' },
    ],
    [
      'a refusal that may be new',
      400,
      { message: 'INVOICE_DATE_INVALID' },
      { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' },
    ],
    ['a bare refusal', 404, '<html>', { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['too many requests', 429, '', { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['GENERAL again', 500, GENERAL, { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
  ];
  it.each(afterDoubt)('after a try that may have acted: %s (%s)', (_why, status, body, expected) => {
    expect(issueOutcome(response(status, body), RAW, EXPECTED, true)).toMatchObject(expected);
  });
});

describe('codes of createInvoice', () => {
  it('are these', () => {
    expect(
      Object.entries(CREATE_CODES).map(([code, row]) => [
        code,
        row.outcome,
        'permanent' in row ? row.permanent : row.outcome === 'UNKNOWN' && row.reason,
      ]),
    ).toEqual([
      ['INVOICE_SERIAL_NOT_FOUND', 'REFUSED', false],
      ['TEMPLATE_NOT_FOUND', 'REFUSED', false],
      ['TRANSACTION_UUID_INVALID', 'UNKNOWN', 'DUPLICATE_REQUEST'],
      ['NOT_FOUND_DATA', 'UNKNOWN', 'UNLISTED_CODE'],
      ['GENERAL', 'UNKNOWN', 'SERVER_ERROR'],
    ]);
  });
  it.each([
    ['TRANSACTION_UUID_EXISTED', { reason: 'DUPLICATE_REQUEST' }],
    ['INVOICE_DUPLICATED', { reason: 'DUPLICATE_REQUEST' }],
    ['ALREADY_ISSUED', { reason: 'DUPLICATE_REQUEST' }],
    ['CUSTOMER_NOT_EXIST', { outcome: 'REFUSED', permanent: true }],
    ['SYSTEM_ERROR', { reason: 'SERVER_ERROR' }],
    ['READ_TIMEOUT', { reason: 'SERVER_ERROR' }],
    ['INVALID_TOKEN', { outcome: 'REFUSED', permanent: false }],
    ['invoice_series_locked', { outcome: 'REFUSED', permanent: false }],
    ['CERT_EXPIRED', { outcome: 'REFUSED', permanent: false }],
    ['ITEM_NAME_REQUIRED', { outcome: 'REFUSED', permanent: true }],
    ['constructor', { outcome: 'REFUSED', permanent: true }],
  ])('reads the word in %s', (code, expected) => {
    expect(createMeaning(code)).toMatchObject(expected);
  });
});

describe('lookUpOutcome', () => {
  const list = (...result: unknown[]) => ({ errorCode: null, description: null, result });
  const entry = { invoiceNo: 'C25TAA12', reservationCode: 'RES', issueDate: 1, status: 'x' };
  const rows: readonly Row[] = [
    ['the invoice', 200, list(entry), { outcome: 'FOUND', invoiceNumber: '12', symbol: 'C25TAA', lookupCode: 'RES' }],
    ['nothing, or a draft', 400, { code: 400, message: 'NOT_FOUND_DATA' }, { outcome: 'FAILED', unsettled: true }],
    ['the same in status 200', 200, { errorCode: 'NOT_FOUND_DATA' }, { outcome: 'FAILED', unsettled: true }],
    ['an empty list', 200, list(), { outcome: 'FAILED', unsettled: true }],
    ['two invoices', 200, list(entry, entry), { outcome: 'FAILED', unsettled: true }],
    ['a draft', 200, list({ ...entry, invoiceNo: null }), { outcome: 'FAILED', unsettled: true }],
    ['no list', 200, { errorCode: null, result: {} }, { outcome: 'FAILED', reason: '/result is no list' }],
    ['GENERAL', 500, GENERAL, { outcome: 'FAILED' }],
    ['not found in a server error', 500, { message: 'NOT_FOUND_DATA' }, { outcome: 'FAILED' }],
    ['another code', 400, { message: 'TRANSACTION_UUID_INVALID' }, { outcome: 'FAILED' }],
    ['a wrong path', 404, '<html>', { outcome: 'FAILED', reason: 'status 404, code none' }],
  ];
  it.each(rows)('%s (%s)', (_why, status, body, expected) => {
    const outcome = lookUpOutcome(response(status, body), RAW, VIETTEL_DEFAULTS);
    expect(outcome).toMatchObject({ ...expected, raw: RAW });
    expect('unsettled' in outcome).toBe('unsettled' in expected);
  });
  it('proves absence only where nobody keeps drafts', () => {
    const settings = { ...VIETTEL_DEFAULTS, noDrafts: true };
    const absent = response(400, { code: 400, message: 'NOT_FOUND_DATA' });
    expect(lookUpOutcome(absent, RAW, settings)).toEqual({ outcome: 'NOT_FOUND', raw: RAW });
    expect(lookUpOutcome(response(200, list()), RAW, settings)).toMatchObject({ outcome: 'FAILED' });
    expect(lookUpOutcome(response(500, { message: 'NOT_FOUND_DATA' }), RAW, settings)).toMatchObject({
      outcome: 'FAILED',
    });
  });
});

describe('the rest', () => {
  const pdf = Buffer.from('%PDF-1.7').toString('base64');
  it.each([
    [200, { errorCode: null, fileName: 'x', fileToBytes: pdf }, 'DOWNLOADED'],
    [200, { errorCode: 'X', fileToBytes: pdf }, 'FAILED'],
    [400, { message: 'NOT_FOUND_DATA' }, 'NOT_FOUND'],
    [500, { fileToBytes: pdf }, 'FAILED'],
    [200, { fileToBytes: null }, 'FAILED'],
    [200, '<html>', 'FAILED'],
  ])('download %s %j: %s', (status, body, outcome) => {
    expect(downloadOutcome(response(status, body))).toMatchObject({ outcome });
  });
  it.each([
    [500, GENERAL, true],
    [500, { message: 'GENERAL ' }, true],
    [500, { message: 'OTHER' }, false],
    [400, { message: 'GENERAL' }, false],
    [500, '<html>GENERAL', false],
  ])('%s %j is the answer to an expired token: %s', (status, body, expected) => {
    expect(isGeneralFault(response(status, body))).toBe(expected);
  });
  it.each([
    [{ access_token: 'eyJ.a-b_c.d' }, 'eyJ.a-b_c.d'],
    [{ access_token: 'a; b' }, undefined],
    [{ access_token: '' }, undefined],
    [{ access_token: 5 }, undefined],
    [{}, undefined],
    ['x', undefined],
  ])('token of %j', (body, token) => {
    expect(accessToken(response(200, body))).toBe(token);
  });
});
