import { describe, expect, it } from 'vitest';
import { KEY, RAW, response } from '../vendor-samples.fixture';
import { downloadOutcome, envelopeOf, issueOutcome, lookUpOutcome, tokenOf } from './answer';
import { publishMeaning, PUBLISH_CODES } from './codes';

const EXPECTED = { refId: KEY.requestId, series: '1C25MAA' };
const ITEM = {
  RefID: KEY.requestId,
  TransactionID: 'Q3FXH473J',
  InvSeries: '1C25MAA',
  InvNo: '00000033',
  InvCode: 'M1-25-7FGBT-00000000315',
  InvDate: '2025-06-01',
  ErrorCode: null,
};
const published = (...items: unknown[]) => ({
  success: true,
  errorCode: null,
  descriptionErrorCode: null,
  publishInvoiceResult: JSON.stringify(items),
});

type Row = readonly [why: string, status: number, body: unknown, expected: Record<string, unknown>];
const UNREADABLE = { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER' };

describe('issueOutcome', () => {
  const rows: readonly Row[] = [
    [
      'the item with its number',
      200,
      published(ITEM),
      {
        outcome: 'ISSUED',
        invoiceNumber: '00000033',
        symbol: 'C25MAA',
        lookupCode: 'Q3FXH473J',
        providerReference: 'Q3FXH473J',
        cqtCode: 'M1-25-7FGBT-00000000315',
      },
    ],
    [
      'our RefID in large letters',
      200,
      published({ ...ITEM, RefID: KEY.requestId.toUpperCase() }),
      { outcome: 'ISSUED' },
    ],
    ['an empty error code', 200, published({ ...ITEM, ErrorCode: '' }), { outcome: 'ISSUED' }],
    [
      'a series without its form',
      200,
      published({ ...ITEM, InvSeries: 'C25MAA' }),
      { outcome: 'ISSUED', symbol: 'C25MAA' },
    ],
    [
      'success at the top, an item that failed',
      200,
      published({ ...ITEM, InvNo: '', ErrorCode: 'InvalidTaxCode' }),
      { outcome: 'REFUSED', permanent: true, code: 'InvalidTaxCode', httpStatus: 200 },
    ],
    [
      'an item that is there already',
      200,
      published({ ...ITEM, ErrorCode: 'InvoiceDuplicated' }),
      { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    ],
    [
      'a RefID that was used',
      200,
      published({ ...ITEM, InvNo: '', ErrorCode: 'DuplicateInvoiceRefID' }),
      { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' },
    ],
    [
      'numbering that is busy',
      200,
      published({ ...ITEM, InvNo: null, ErrorCode: 'InvoiceNumberNotCotinuous' }),
      { outcome: 'NOT_ISSUED', transient: true, proof: 'DECLINED' },
    ],
    ['a refusal with a number', 200, published({ ...ITEM, ErrorCode: 'InvalidTaxCode' }), UNREADABLE],
    [
      'an unlisted code',
      200,
      published({ ...ITEM, InvNo: '', ErrorCode: 'Whatever' }),
      { outcome: 'UNKNOWN', reason: 'UNLISTED_CODE' },
    ],
    ['no item', 200, published(), { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' }],
    ['no results at all', 200, { success: true }, { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' }],
    ['two items', 200, published(ITEM, ITEM), UNREADABLE],
    ["another request's item", 200, published({ ...ITEM, RefID: 'other' }), UNREADABLE],
    ['an item without RefID', 200, published({ ...ITEM, RefID: null }), UNREADABLE],
    ['another series', 200, published({ ...ITEM, InvSeries: '1C25MBB' }), UNREADABLE],
    ['no number', 200, published({ ...ITEM, InvNo: null }), { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' }],
    ['number 0', 200, published({ ...ITEM, InvNo: '00000000' }), { outcome: 'UNKNOWN', reason: 'NO_INVOICE_NUMBER' }],
    ['a number that is no text', 200, published({ ...ITEM, InvNo: 33 }), UNREADABLE],
    ['results that are no text', 200, { success: true, publishInvoiceResult: [ITEM] }, UNREADABLE],
    ['results that are no JSON', 200, { success: true, publishInvoiceResult: '[{' }, UNREADABLE],
    [
      'results that nest too deep',
      200,
      { success: true, publishInvoiceResult: '['.repeat(20) + ']'.repeat(20) },
      UNREADABLE,
    ],
    ['results that are no list', 200, { success: true, publishInvoiceResult: '{}' }, UNREADABLE],
    ['too many results', 200, published(...Array.from({ length: 51 }, () => ITEM)), UNREADABLE],
    ['no success member', 200, { errorCode: null, publishInvoiceResult: '[]' }, UNREADABLE],
    ['success as text', 200, { success: 'true' }, UNREADABLE],
    [
      'a refusal of the call',
      200,
      { success: false, errorCode: 'InvalidAppID', descriptionErrorCode: 'sai' },
      { outcome: 'REFUSED', permanent: false, code: 'InvalidAppID', message: 'sai' },
    ],
    [
      'a refusal in status 400',
      400,
      { success: false, errorCode: 'InvalidInvoiceData' },
      { outcome: 'REFUSED', permanent: true, httpStatus: 400, message: 'the data is invalid' },
    ],
    ['a refusal without a code', 200, { success: false }, { outcome: 'UNKNOWN', reason: 'UNLISTED_CODE' }],
    ['a code beside success', 200, { success: true, errorCode: 'InvalidAppID' }, { outcome: 'REFUSED' }],
    ['a refusal that carries results', 200, { ...published(ITEM), success: false, errorCode: 'X' }, UNREADABLE],
    [
      'a token refused twice',
      200,
      { success: false, errorCode: 'TokenExpiredCode' },
      { outcome: 'REFUSED', permanent: false },
    ],
    ['a second 401', 401, '', { outcome: 'REFUSED', permanent: false, code: 'HTTP_401' }],
    ['HTML in status 404', 404, '<html>', { outcome: 'REFUSED', permanent: true, code: 'HTTP_404' }],
    ['too many requests', 429, '', { outcome: 'NOT_ISSUED', proof: 'RATE_LIMITED', retryAfterMs: 7_000 }],
    ['a server error that looks like success', 500, published(ITEM), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['a cut body', 200, '{"success":tr', UNREADABLE],
    ['HTML', 200, '<html>', UNREADABLE],
    ['a redirect', 302, '', UNREADABLE],
  ];
  it.each(rows)('%s (%s)', (_why, status, body, expected) => {
    const outcome = issueOutcome(response(status, body, { 'retry-after': '7' }), RAW, EXPECTED);
    expect(outcome).toMatchObject({ ...expected, raw: RAW });
  });
});

describe('codes of publishing', () => {
  const ACCOUNT = 'REFUSED false';
  const INVOICE = 'REFUSED true';
  const FAULT = 'UNKNOWN SERVER_ERROR';
  const DUPLICATE = 'UNKNOWN DUPLICATE_REQUEST';
  const table: Readonly<Record<string, string>> = {
    InvoiceDuplicated: DUPLICATE,
    DuplicateInvoiceRefID: DUPLICATE,
    DuplicateTransactionID: DUPLICATE,
    InvoiceNumberNotCotinuous: 'DECLINED ',
    InvoiceNumberNotContinuous: 'DECLINED ',
    InvalidAppID: ACCOUNT,
    InActiveAppID: ACCOUNT,
    UnAuthorize: ACCOUNT,
    TokenExpiredCode: ACCOUNT,
    InvalidTokenCode: ACCOUNT,
    InvoiceTemplateNotExist: ACCOUNT,
    LicenseInfo_NotBuy: ACCOUNT,
    LicenseInfo_OutOfInvoice: ACCOUNT,
    LicenseInfo_Expired: ACCOUNT,
    DeclarationNotExist: ACCOUNT,
    InvalidDeclaration: ACCOUNT,
    ExistDeclarationNotReceive: ACCOUNT,
    InvoiceTemplateNotValidInDeclaration: ACCOUNT,
    CertRevocation: ACCOUNT,
    InvalidCertByRegistration: ACCOUNT,
    HasRegistrationStopUseCert: ACCOUNT,
    SigningTimeNotInRegistration: ACCOUNT,
    X509Certificate: ACCOUNT,
    X509SubjectName: ACCOUNT,
    InvalidInvoiceData: INVOICE,
    InvalidXMLData: INVOICE,
    XMLTooLong: INVOICE,
    InvoiceQuantityTooLarge: INVOICE,
    InvalidInvNo: INVOICE,
    InvalidTaxCode: INVOICE,
    InvalidInvoiceDate: INVOICE,
    ExistsInvoiceNextYear: INVOICE,
    TaxReductionDateInValid: INVOICE,
    TaxRateInfo_VATRateName: INVOICE,
    InvoiceCannotReplace: INVOICE,
    InvoiceCannotAdjust: INVOICE,
    InvoiceCannotReplaceByStatusNew: INVOICE,
    HasAdjustmentInvoice: INVOICE,
    CreateInvoiceDataError: FAULT,
    SignSoftDream78Exception: FAULT,
    SignEsignHSMError: FAULT,
    CallSignServiceFail: FAULT,
    CannotConnectSignServer: FAULT,
    SignatureEmpty: FAULT,
    InvalidSignature: FAULT,
    InvalidTransactionID: FAULT,
    Exception: FAULT,
  };
  const told = (code: string): string => {
    const row = publishMeaning(code);
    if (row === undefined) return 'unlisted';
    return `${row.outcome} ${row.outcome === 'REFUSED' ? row.permanent : row.outcome === 'UNKNOWN' ? row.reason : ''}`;
  };
  it.each(Object.entries(table))('%s: %s', (code, expected) => {
    expect(told(code)).toBe(expected);
    expect(publishMeaning(code)?.meaning).not.toBe('');
  });
  it('are no others', () => {
    expect(Object.keys(PUBLISH_CODES).toSorted()).toEqual(Object.keys(table).toSorted());
  });
  it.each([
    ['InvoiceDetail_ItemName', INVOICE],
    ['RequireError_BuyerAddress', INVOICE],
    ['StockInTaxCode_NotInfo_1_x', INVOICE],
    ['InvoiceDetail', 'unlisted'],
    ['toString', 'unlisted'],
    ['', 'unlisted'],
  ])('%s: %s', (code, expected) => {
    expect(told(code)).toBe(expected);
  });
});

describe('lookUpOutcome', () => {
  const ENTRY = {
    RefID: KEY.requestId,
    TransactionID: 'Q3',
    InvNo: '00000033',
    InvSeries: '1C25MAA',
    PublishStatus: 1,
    ReferenceType: 0,
    InvoiceCode: 'M1',
    SendTaxStatus: 2,
    IsDelete: false,
  };
  const status = (...entries: unknown[]) => ({ success: true, errorCode: null, data: JSON.stringify(entries) });
  const rows: readonly Row[] = [
    [
      'the invoice',
      200,
      status(ENTRY),
      { outcome: 'FOUND', invoiceNumber: '00000033', symbol: 'C25MAA', cqtCode: 'M1', lookupCode: 'Q3' },
    ],
    ['the invoice without RefID', 200, status({ ...ENTRY, RefID: undefined }), { outcome: 'FOUND' }],
    ['an empty list', 200, status(), { outcome: 'NOT_FOUND' }],
    ['not published', 200, status({ ...ENTRY, PublishStatus: 0 }), { outcome: 'FAILED', unsettled: true }],
    [
      'deleted',
      200,
      status({ ...ENTRY, IsDelete: true, DeletedReason: 'sai' }),
      { outcome: 'FAILED', unsettled: true, reason: 'deleted: sai' },
    ],
    ['published without a number', 200, status({ ...ENTRY, InvNo: null }), { outcome: 'FAILED', unsettled: true }],
    ['two entries', 200, status(ENTRY, ENTRY), { outcome: 'FAILED', unsettled: true }],
    [
      'another request',
      200,
      status({ ...ENTRY, RefID: 'other' }),
      { outcome: 'FAILED', reason: '/data/0/RefID is of another request' },
    ],
    ['no list', 200, { success: true, errorCode: null }, { outcome: 'FAILED' }],
    ['null for a list', 200, { success: true, data: null }, { outcome: 'FAILED' }],
    ['empty text for a list', 200, { success: true, data: '' }, { outcome: 'FAILED' }],
    ['data that is no text', 200, { success: true, data: [] }, { outcome: 'FAILED' }],
    ['data that is no list', 200, { success: true, data: '{}' }, { outcome: 'FAILED' }],
    ['a refusal', 200, { success: false, errorCode: 'UnAuthorize', data: '[]' }, { outcome: 'FAILED' }],
    ['an empty list in a server error', 500, status(), { outcome: 'FAILED' }],
    ['HTML', 200, '<html>', { outcome: 'FAILED', reason: 'status 200, code none' }],
  ];
  it.each(rows)('%s (%s)', (_why, httpStatus, body, expected) => {
    const outcome = lookUpOutcome(response(httpStatus, body), RAW, KEY.requestId);
    expect(outcome).toMatchObject({ ...expected, raw: RAW });
    expect('unsettled' in outcome).toBe('unsettled' in expected);
  });
});

describe('the rest', () => {
  const file = { TransactionID: 'Q3', Data: Buffer.from('%PDF-1.7').toString('base64') };
  it.each([
    [200, { success: true, data: [file] }, 'DOWNLOADED'],
    [200, { success: true, data: JSON.stringify([file]) }, 'DOWNLOADED'],
    [200, { success: true, data: [{ ...file, TransactionID: 'X' }] }, 'NOT_FOUND'],
    [200, { success: true, data: 'x' }, 'FAILED'],
    [200, { success: true, data: [{ ...file, Data: null }] }, 'FAILED'],
    [200, { success: false, data: [file] }, 'FAILED'],
    [500, { success: true, data: [file] }, 'FAILED'],
  ])('download %s %j: %s', (status, body, outcome) => {
    expect(downloadOutcome(response(status, body), 'Q3')).toMatchObject({ outcome });
  });
  it.each([
    [{ success: true, data: 'eyJ.a-b_c' }, 'eyJ.a-b_c'],
    [{ Success: true, Data: 'eyJ.a-b_c' }, 'eyJ.a-b_c'],
    [{ success: true, data: 'a b' }, undefined],
    [{ success: false, data: 'eyJ' }, undefined],
    [{ success: true, errorCode: 'X', data: 'eyJ' }, undefined],
    [{ success: true, data: '' }, undefined],
  ])('token of %j', (body, token) => {
    expect(tokenOf(envelopeOf(response(200, body)))).toBe(token);
  });
});
