import { afterEach, describe, expect, it } from 'vitest';
import { MISA_MEINVOICE } from './misa-meinvoice/adapter';
import { adjustment, KEY, request, SECRETS, soapAnswer } from './vendor-samples.fixture';
import { vendorServer, type Deed, type Heard, type VendorServer } from './vendor-server.fixture';
import { VIETTEL_SINVOICE_V2 } from './viettel-sinvoice-v2/adapter';
import { VNPAY_V6 } from './vnpay-v6/adapter';
import { VNPT_SOAP } from './vnpt-soap/adapter';

const open: VendorServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(answer: (heard: Heard, count: number) => Deed): Promise<VendorServer> {
  const server = await vendorServer(answer);
  open.push(server);
  return server;
}

const json = (body: unknown, status = 200, headers = {}): Deed => ({ status, body: JSON.stringify(body), headers });
const soap = (method: string, result: string): Deed => ({ status: 200, body: soapAnswer(method, result).body });
const PDF = Buffer.from('%PDF-1.7 x').toString('base64');

describe('SInvoice', () => {
  const settings = { templateCode: '1/770' };
  const API = '/services/einvoiceapplication/api/InvoiceAPI';
  const ISSUED = json({
    errorCode: '',
    result: { supplierTaxCode: KEY.taxCode, invoiceNo: 'C26TAA12', reservationCode: 'R' },
  });
  const GENERAL = json({ message: 'GENERAL' }, 500);

  /** Logins give t1, t2 …; other calls answer from a script, the last answer for ever. */
  async function vendor(...script: Deed[]) {
    let logins = 0;
    let calls = 0;
    const server = await start(({ path }) => {
      if (path === '/auth/login') return json({ access_token: `t${(logins += 1)}` });
      calls += 1;
      return script[Math.min(calls, script.length) - 1] ?? 'RESET';
    });
    const connection = { ...server.connection, settings: { ...settings, timeoutMs: 300 } };
    return { ...server, connection, calls: () => server.heard.filter(({ path }) => path !== '/auth/login') };
  }

  it('logs in with the account and issues with a cookie', async () => {
    const { connection, send, tokens, heard } = await vendor(ISSUED);
    expect(await VIETTEL_SINVOICE_V2.issue(request(), connection, send, tokens)).toMatchObject({
      outcome: 'ISSUED',
      invoiceNumber: '12',
      lookupCode: 'R',
    });
    expect(heard.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /auth/login',
      `POST ${API}/InvoiceWS/createInvoice/0104359717`,
    ]);
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual({ username: 'shop-user', password: SECRETS[0] });
    expect(heard[1]?.headers).toMatchObject({ cookie: 'access_token=t1', 'content-type': 'application/json' });
    expect(JSON.parse(heard[1]?.body ?? '')).toMatchObject({ generalInvoiceInfo: { transactionUuid: KEY.requestId } });
  });

  it('sends a bearer token where the settings say so', async () => {
    const { connection, send, tokens, heard } = await vendor(ISSUED);
    const bearer = { ...connection, settings: { ...settings, tokenHeader: 'BEARER' } };
    await VIETTEL_SINVOICE_V2.issue(request(), bearer, send, tokens);
    expect(heard[1]?.headers).toMatchObject({ authorization: 'Bearer t1' });
    expect(heard[1]?.headers).not.toHaveProperty('cookie');
  });

  it('logs in once for many invoices at once, and anew a minute before 20 are over', async () => {
    const { connection, send, tokens, clock, heard, calls } = await vendor(ISSUED);
    const issue = async () => VIETTEL_SINVOICE_V2.issue(request(), connection, send, tokens);
    await Promise.all(Array.from({ length: 8 }, issue));
    expect([heard.length, calls().length]).toEqual([9, 8]);
    clock.ms += 19 * 60_000 - 1;
    await issue();
    expect(calls().at(-1)?.headers.cookie).toBe('access_token=t1');
    clock.ms += 1;
    await issue();
    expect(calls().at(-1)?.headers.cookie).toBe('access_token=t2');
  });

  it('takes GENERAL for an expired token once: the same body again under a new token', async () => {
    const { connection, send, tokens, calls } = await vendor(GENERAL, ISSUED);
    const outcome = await VIETTEL_SINVOICE_V2.issue(request(), connection, send, tokens);
    expect(outcome).toMatchObject({ outcome: 'ISSUED', invoiceNumber: '12' });
    expect(calls().map(({ headers }) => headers.cookie)).toEqual(['access_token=t1', 'access_token=t2']);
    expect(calls()[1]?.body).toBe(calls()[0]?.body);
  });

  it.each<readonly [string, Deed, object]>([
    ['GENERAL', GENERAL, { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['a used transactionUuid', json({ message: 'TRANSACTION_UUID_INVALID' }, 400), { reason: 'DUPLICATE_REQUEST' }],
    ['too many requests', json({}, 429), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['a wrong date', json({ message: 'INVOICE_DATE_INVALID' }, 400), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['a wrong series', json({ message: 'INVOICE_SERIAL_NOT_FOUND' }, 400), { outcome: 'REFUSED', permanent: false }],
    ['silence', 'HANG', { outcome: 'UNKNOWN', reason: 'TIMEOUT' }],
    ['a reset', 'RESET', { outcome: 'UNKNOWN', reason: 'NETWORK' }],
  ])('GENERAL, then %s', async (_why, second, expected) => {
    const { connection, send, tokens, calls } = await vendor(GENERAL, second);
    expect(await VIETTEL_SINVOICE_V2.issue(request(), connection, send, tokens)).toMatchObject(expected);
    expect(calls()).toHaveLength(2);
  });

  it('looks up by form, and takes "no data" for no proof', async () => {
    const { connection, send, tokens, calls } = await vendor(json({ code: 400, message: 'NOT_FOUND_DATA' }, 400));
    expect(await VIETTEL_SINVOICE_V2.lookUp(KEY, connection, send, tokens)).toMatchObject({
      outcome: 'FAILED',
      unsettled: true,
    });
    expect(calls()).toMatchObject([
      {
        path: `${API}/InvoiceWS/searchInvoiceByTransactionUuid`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `supplierTaxCode=0104359717&transactionUuid=${KEY.requestId}`,
      },
    ]);
  });

  it('downloads by the number that the look-up brings', async () => {
    const found = json({ errorCode: null, result: [{ invoiceNo: 'C26TAA00000012' }] });
    const { connection, send, tokens, calls } = await vendor(found, json({ errorCode: null, fileToBytes: PDF }));
    expect(await VIETTEL_SINVOICE_V2.downloadPdf?.(KEY, connection, send, tokens)).toMatchObject({
      outcome: 'DOWNLOADED',
      contentType: 'application/pdf',
    });
    expect(calls()[1]?.path).toBe(`${API}/InvoiceUtilsWS/getInvoiceRepresentationFile`);
    expect(JSON.parse(calls()[1]?.body ?? '')).toEqual({
      supplierTaxCode: KEY.taxCode,
      invoiceNo: 'C26TAA00000012',
      templateCode: '1/770',
      fileType: 'PDF',
    });
  });
});

describe('meInvoice', () => {
  const item = { RefID: KEY.requestId, TransactionID: 'Q3', InvSeries: '1C26TAA', InvNo: '00000033', ErrorCode: null };
  const published = (changes = {}): Deed =>
    json({ success: true, errorCode: null, publishInvoiceResult: JSON.stringify([{ ...item, ...changes }]) });
  const listed = (...entries: unknown[]): Deed => json({ success: true, data: JSON.stringify(entries) });

  async function vendor(...script: Deed[]) {
    let logins = 0;
    let calls = 0;
    const server = await start(({ path }) => {
      if (path === '/auth/token') return json({ success: true, data: `t${(logins += 1)}` });
      calls += 1;
      return script[Math.min(calls, script.length) - 1] ?? 'RESET';
    });
    const connection = { ...server.connection, settings: { timeoutMs: 300 } };
    return { ...server, connection, calls: () => server.heard.filter(({ path }) => path !== '/auth/token') };
  }

  it('logs in with four credentials and publishes', async () => {
    const { connection, send, tokens, heard } = await vendor(published());
    expect(await MISA_MEINVOICE.issue(request(), connection, send, tokens)).toMatchObject({
      outcome: 'ISSUED',
      invoiceNumber: '00000033',
      lookupCode: 'Q3',
    });
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
      appid: SECRETS[1],
      taxcode: KEY.taxCode,
      username: 'shop-user',
      password: SECRETS[0],
    });
    expect(heard[1]).toMatchObject({ method: 'POST', path: '/invoice', headers: { authorization: 'Bearer t1' } });
    expect(heard[1]?.headers).not.toHaveProperty('companytaxcode');
  });

  it('names what a connection lacks, before anything is sent', async () => {
    const { connection, send, tokens, heard } = await vendor(published());
    const bare = { ...connection, taxCode: undefined, credentials: {} };
    await expect(MISA_MEINVOICE.testConnection(bare, send)).rejects.toMatchObject({
      problems: [{ pointer: '/credentials/appId' }, { pointer: '/taxCode' }],
    });
    const login = { ...bare, credentials: { appId: 'app-id' } };
    await MISA_MEINVOICE.issue(request(), { ...login, settings: { sendTaxCodeHeader: true } }, send, tokens);
    expect(heard[1]?.headers).toMatchObject({ companytaxcode: KEY.taxCode });
  });

  it.each<readonly [string, Deed]>([
    ['status 401', { status: 401, body: '' }],
    ['TokenExpiredCode', json({ success: false, errorCode: 'TokenExpiredCode' })],
    ['InvalidTokenCode', json({ success: false, errorCode: 'InvalidTokenCode' })],
    ['UnAuthorize', json({ success: false, errorCode: 'UnAuthorize' }, 403)],
  ])('logs in anew after %s and sends the same body once more', async (_why, refusal) => {
    const { connection, send, tokens, calls } = await vendor(refusal, published());
    expect(await MISA_MEINVOICE.issue(request(), connection, send, tokens)).toMatchObject({ outcome: 'ISSUED' });
    expect(calls().map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
    expect(calls()[1]?.body).toBe(calls()[0]?.body);
  });

  it.each<readonly [string, Deed, object]>([
    [
      'numbering that is busy',
      published({ InvNo: '', ErrorCode: 'InvoiceNumberNotCotinuous' }),
      { outcome: 'NOT_ISSUED', proof: 'DECLINED' },
    ],
    ['an invoice that is there', published({ ErrorCode: 'InvoiceDuplicated' }), { reason: 'DUPLICATE_REQUEST' }],
    ['silence', 'HANG', { outcome: 'UNKNOWN', reason: 'TIMEOUT' }],
    ['a reset', 'RESET', { outcome: 'UNKNOWN', reason: 'NETWORK' }],
    ['a cut body', 'CUT', { outcome: 'UNKNOWN', reason: 'NETWORK' }],
    ['too many requests', json({}, 429, { 'retry-after': '9' }), { outcome: 'NOT_ISSUED', retryAfterMs: 9_000 }],
  ])('%s', async (_why, deed, expected) => {
    const { connection, send, tokens, calls } = await vendor(deed);
    expect(await MISA_MEINVOICE.adjust?.(adjustment(), connection, send, tokens)).toMatchObject(expected);
    expect(calls()).toHaveLength(1);
  });

  it('looks up by RefID in the kind of series of the key', async () => {
    const { connection, send, tokens, calls } = await vendor(listed());
    const key = { ...KEY, series: '1K26MAA' };
    expect(await MISA_MEINVOICE.lookUp(key, connection, send, tokens)).toMatchObject({ outcome: 'NOT_FOUND' });
    expect(calls()[0]?.path).toBe('/invoice/status?invoiceWithCode=false&invoiceCalcu=true&inputType=2');
    expect(calls()[0]?.body).toBe(`["${KEY.requestId}"]`);
  });

  it('downloads by the TransactionID that the look-up brings', async () => {
    const files = json({ success: true, data: [{ TransactionID: 'Q3', Data: PDF }] });
    const { connection, send, tokens, calls } = await vendor(listed({ ...item, PublishStatus: 1 }), files);
    expect(await MISA_MEINVOICE.downloadPdf?.(KEY, connection, send, tokens)).toMatchObject({ outcome: 'DOWNLOADED' });
    expect(calls()[1]).toMatchObject({
      path: '/invoice/download?invoiceWithCode=true&invoiceCalcu=false&downloadDataType=pdf',
      body: '["Q3"]',
    });
  });

  it('is refused where the account is', async () => {
    const { connection, send, tokens } = await start(() => json({ success: false, errorCode: 'InvalidAppID' }));
    expect(await MISA_MEINVOICE.issue(request(), connection, send, tokens)).toMatchObject({
      outcome: 'REFUSED',
      permanent: false,
      code: 'InvalidAppID',
    });
    expect(await MISA_MEINVOICE.testConnection(connection, send)).toEqual({
      ok: false,
      reason: 'no token: status 200, code InvalidAppID',
    });
  });
});

describe('VNPT', () => {
  const settings = { pattern: '1/001', timeoutMs: 300 };
  async function vendor(deed: Deed) {
    const server = await start(() => deed);
    return { ...server, connection: { ...server.connection, settings } };
  }

  it('publishes in an envelope that carries the credentials, and records it without them', async () => {
    const deed = soap('ImportAndPublishInv', `OK:1/001;C26TAA-${KEY.requestId}_12`);
    const { connection, send, tokens, heard } = await vendor(deed);
    const outcome = await VNPT_SOAP.issue(request(), connection, send, tokens);
    expect(outcome).toMatchObject({ outcome: 'ISSUED', invoiceNumber: '12', symbol: 'C26TAA' });
    const [call] = heard;
    expect(call).toMatchObject({
      method: 'POST',
      path: '/PublishService.asmx',
      headers: { soapaction: '"http://tempuri.org/ImportAndPublishInv"', 'content-type': 'text/xml; charset=utf-8' },
    });
    expect(call?.body).toContain(
      '<ImportAndPublishInv xmlns="http://tempuri.org/"><Account>shop-user</Account><ACpass>pass-Wörd&amp;1</ACpass>' +
        '<xmlInvData><![CDATA[<Invoices><Inv><key>3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10</key>',
    );
    expect(call?.body).toContain(
      '</Invoice></Inv></Invoices>]]></xmlInvData><username>service-user</username>' +
        '<password>service-pass&lt;2&gt;</password><pattern>1/001</pattern><serial>C26TAA</serial><convert>0</convert>',
    );
    expect(outcome.raw?.request.body).toContain('<Account>***</Account><ACpass>***</ACpass>');
    expect(outcome.raw?.request.body).toContain('<username>***</username><password>***</password>');
  });

  it.each([
    ['ADJUSTMENT', 'AdjustInvoiceAction'],
    ['REPLACEMENT', 'ReplaceInvoiceAction'],
  ] as const)('%s by the Fkey of the original', async (origin, method) => {
    const { connection, send, tokens, heard } = await vendor(soap(method, 'OK:1/001;C26TAA;13'));
    const outcome = await VNPT_SOAP.adjust?.(adjustment({ origin }), connection, send, tokens);
    expect(outcome).toMatchObject({ outcome: 'ISSUED', invoiceNumber: '13' });
    expect(heard[0]?.path).toBe('/BusinessService.asmx');
    expect(heard[0]?.body).toContain(
      '<pass>service-pass&lt;2&gt;</pass><fkey>original-1</fkey><AttachFile></AttachFile><convert>0</convert>' +
        '<pattern>1/001</pattern><serial>C26TAA</serial>',
    );
  });

  it.each<readonly [string, Deed, object]>([
    ['a used Fkey', soap('ImportAndPublishInv', 'ERR:13'), { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' }],
    ['an older date', soap('ImportAndPublishInv', 'ERR:30'), { outcome: 'REFUSED', permanent: true, code: 'ERR:30' }],
    ['a rollback', soap('ImportAndPublishInv', 'ERR:5'), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['silence', 'HANG', { outcome: 'UNKNOWN', reason: 'TIMEOUT' }],
    ['a reset', 'RESET', { outcome: 'UNKNOWN', reason: 'NETWORK' }],
    ['a page', { status: 502, body: '<html>' }, { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
  ])('%s', async (_why, deed, expected) => {
    const { connection, send, tokens, heard } = await vendor(deed);
    expect(await VNPT_SOAP.issue(request(), connection, send, tokens)).toMatchObject(expected);
    expect(heard).toHaveLength(1);
  });

  it('looks up and tests a connection with the user of the service alone', async () => {
    const { connection, send, tokens, heard } = await vendor(soap('listInvByCusFkey', '<Data></Data>'));
    expect(await VNPT_SOAP.lookUp(KEY, connection, send, tokens)).toMatchObject({ outcome: 'NOT_FOUND' });
    expect(await VNPT_SOAP.testConnection(connection, send)).toEqual({ ok: true });
    expect(heard[0]?.path).toBe('/PortalService.asmx');
    expect(heard[0]?.body).toContain(
      `<key>${KEY.requestId}</key><fromDate></fromDate><toDate></toDate><userName>service-user</userName>`,
    );
    expect(heard[0]?.body).not.toContain('shop-user');
    const refused = await vendor(soap('listInvByCusFkey', 'ERR:1'));
    expect(await VNPT_SOAP.testConnection(refused.connection, send)).toEqual({
      ok: false,
      reason: 'ERR:1 the login is wrong or lacks the permission',
    });
  });

  it('downloads by Fkey', async () => {
    const { connection, send, tokens, heard } = await vendor(soap('downloadInvPDFFkeyNoPay', PDF));
    expect(await VNPT_SOAP.downloadPdf?.(KEY, connection, send, tokens)).toMatchObject({ outcome: 'DOWNLOADED' });
    expect(heard[0]?.body).toContain(`<fkey>${KEY.requestId}</fkey><userName>service-user</userName>`);
  });

  it('names the credentials that a connection lacks', async () => {
    const { connection, send, tokens, heard } = await vendor('RESET');
    const bare = { ...connection, credentials: { serviceUser: 'x' } };
    await expect(VNPT_SOAP.issue(request(), bare, send, tokens)).rejects.toThrow('/credentials/servicePassword');
    expect(heard).toEqual([]);
  });

  it('is told apart from a server that is not there', async () => {
    const { connection, send, tokens, close } = await vendor('RESET');
    await close();
    expect(await VNPT_SOAP.issue(request(), connection, send, tokens)).toMatchObject({
      outcome: 'NOT_ISSUED',
      proof: 'NEVER_SENT',
    });
  });
});

describe('VNPAY v6', () => {
  const token = json({ code: '00', data: { accessToken: 't1' } });
  const absent = json({ code: '404', message: 'Invoice not found' });
  const vendor = async (pdf: Deed) =>
    start(({ path }) => (path === '/user/client/token' ? token : path.includes('/pdf?') ? pdf : absent));

  it.each<readonly [string, Deed, object]>([
    [
      'a PDF proves that it is issued, and brings no number',
      json({ code: '00', data: PDF }),
      { outcome: 'FAILED', unsettled: true },
    ],
    ['no PDF proves nothing against', absent, { outcome: 'NOT_FOUND' }],
    ['a broken download proves nothing against', { status: 500, body: '' }, { outcome: 'NOT_FOUND' }],
  ])('%s', async (_why, pdf, expected) => {
    const { connection, send, tokens, heard } = await vendor(pdf);
    expect(await VNPAY_V6.lookUp(KEY, connection, send, tokens)).toMatchObject(expected);
    expect(heard.at(-1)?.path).toMatch(/^\/api\/v6\/invoices\/pdf\?taxCode=0104359717&invoiceDate=2026-11-20&/);
  });

  it('asks for no PDF where the settings say so', async () => {
    const { connection, send, tokens, heard } = await vendor(json({ code: '00', data: PDF }));
    const sparing = { ...connection, settings: { confirmByPdf: false } };
    expect(await VNPAY_V6.lookUp(KEY, sparing, send, tokens)).toMatchObject({ outcome: 'NOT_FOUND' });
    expect(heard).toHaveLength(2);
  });

  it.each([
    ['ADJUSTMENT', '/api/v6/vat/adjustment'],
    ['REPLACEMENT', '/api/v6/vat/replacement'],
  ] as const)('%s names the original at its own path', async (origin, path) => {
    const issued = json({ code: '00', data: { invoiceNumber: '62', requestId: KEY.requestId } });
    const { connection, send, tokens, heard } = await start((call) => (call.path.endsWith('/token') ? token : issued));
    const outcome = await VNPAY_V6.adjust?.(adjustment({ origin }), connection, send, tokens);
    expect(outcome).toMatchObject({ outcome: 'ISSUED', invoiceNumber: '62' });
    expect(heard[1]?.path).toBe(path);
    expect(JSON.parse(heard[1]?.body ?? '')).toMatchObject({
      invoice: {
        originalInvoiceSymbol: 'C26TAA',
        originalInvoiceNumber: '00000061',
        originalInvoiceDate: '2026-11-01',
        totalAmountAfterTax: -90_000,
      },
    });
  });

  it('takes the number of another request for no answer', async () => {
    const foreign = json({ code: '00', data: { invoiceNumber: '62', requestId: 'other' } });
    const { connection, send, tokens } = await start((call) => (call.path.endsWith('/token') ? token : foreign));
    expect(await VNPAY_V6.issue(request(), connection, send, tokens)).toMatchObject({
      outcome: 'UNKNOWN',
      reason: 'UNREADABLE_ANSWER',
    });
  });
});
