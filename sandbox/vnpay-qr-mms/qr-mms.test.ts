import { afterEach, describe, expect, it } from 'vitest';
import { listen, openSandbox, until, type Answer, type Harness } from '../testing/harness';
import {
  callbackChecksum,
  checkAnswerChecksum,
  checkChecksum,
  createAnswerChecksum,
  createChecksum,
  refundChecksum,
} from './checksums';
import type { QrPayment } from './model';
import { compactTime, slashDate } from '../shared/vietnam-time';

const SECRETS = { create: 'cs', check: 'ks', refund: 'rs', callback: 'bs' };
const CREATE = '/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode';
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(callbackUrl?: string): Promise<Harness> {
  const harness = openSandbox();
  open.push(harness);
  await harness.call('POST', '/vnpay/qr-mms/merchants', {
    merchantCode: '0311609355',
    terminalId: 'NXTEST01',
    appId: 'MERCHANT',
    secrets: SECRETS,
    callbackUrl,
  });
  return harness;
}

function createBody(change: Record<string, unknown> = {}): Record<string, unknown> {
  const body: Record<string, unknown> = {
    appId: 'MERCHANT',
    merchantName: 'NX COFFEE',
    serviceCode: '03',
    countryCode: 'VN',
    masterMerCode: 'A000000775',
    merchantType: '5045',
    merchantCode: '0311609355',
    payloadFormat: '',
    terminalId: 'NXTEST01',
    payType: '03',
    productId: '',
    txnId: 'ATTABC123DEF456',
    billNumber: 'ATTABC123DEF456',
    amount: '108000',
    tipAndFee: '',
    ccy: '704',
    expDate: '',
    desc: '',
    ...change,
  };
  return {
    ...body,
    checksum: createChecksum(body, SECRETS.create),
    ...('checksum' in change ? { checksum: change['checksum'] } : {}),
  };
}

const create = (harness: Harness, change: Record<string, unknown> = {}): Promise<Answer> =>
  harness.call('POST', CREATE, JSON.stringify(createBody(change)), { 'content-type': 'text/plain' });

function checkBody(payDate: string, txnId = 'ATTABC123DEF456'): Record<string, unknown> {
  const body = { txnId, merchantCode: '0311609355', terminalID: 'NXTEST01', payDate };
  return { ...body, checkSum: checkChecksum(body, SECRETS.check) };
}

describe('createQrcode', () => {
  it('hands out a QR whose answer is signed with the literal null for the url', async () => {
    const harness = await start();
    const { status, body } = await create(harness);
    expect(status).toBe(200);
    expect(body['code']).toBe('00');
    expect(body['checksum']).toBe(createAnswerChecksum('00', 'Success', String(body['data']), null, SECRETS.create));
    expect(String(body['data'])).toContain('540610800058');
  });

  it.each([
    ['06', { checksum: 'A'.repeat(32) }],
    ['07', { merchantCode: 'nobody' }],
    ['09', { serviceCode: '04' }],
    ['10', { appId: 'OTHER' }],
    ['12', { masterMerCode: '' }],
    ['21', { terminalId: 'OTHER' }],
    ['01', { amount: '108000.5' }],
    ['01', { amount: '10800000000000' }],
    ['01', { merchantName: 'Cà phê' }],
    ['01', { billNumber: '' }],
    ['01', { expDate: '20261120' }],
    ['01', { txnId: 'SIXTEEN_CHARS_XX' }],
  ])('answers code %s to %o', async (code, change) => {
    const harness = await start();
    const { body } = await create(harness, change);
    expect(body['code']).toBe(code);
    expect(body['data']).toBeNull();
  });

  it('wants text/plain', async () => {
    const harness = await start();
    expect((await harness.call('POST', CREATE, createBody())).body['code']).toBe('01');
  });

  it('gives the same QR for the same bill, and none for a paid bill with another amount', async () => {
    const harness = await start();
    const first = await create(harness);
    expect((await create(harness)).body['idQrcode']).toBe(first.body['idQrcode']);
    await harness.call('POST', '/vnpay/qr-mms/buyers/pay', { txnId: 'ATTABC123DEF456', callback: 'hold' });
    expect((await create(harness)).body['idQrcode']).toBe(first.body['idQrcode']);
    expect((await create(harness, { amount: '5000' })).body['code']).toBe('04');
  });
});

describe('the buyer pays', () => {
  it('takes the money by the QR on the screen and tells the merchant, signed', async () => {
    const merchant = await listen(() => ({ status: 200, body: { code: '00', message: 'ok', data: { txnId: 'x' } } }));
    open.push(merchant);
    const harness = await start(`${merchant.url}/ipn`);
    const { body } = await create(harness);
    const paid = await harness.call('POST', '/vnpay/qr-mms/buyers/pay', { qrContent: body['data'], bankCode: 'NCB' });
    expect(paid.status).toBe(200);
    const told = JSON.parse(merchant.received[0]?.text ?? '{}') as Record<string, unknown>;
    expect(told).toMatchObject({
      code: '00',
      msgType: '1',
      txnId: 'ATTABC123DEF456',
      amount: '108000',
      bankCode: 'NCB',
      ccy: '704',
    });
    expect(told['checksum']).toBe(callbackChecksum(told, SECRETS.callback));
    const [payment] = (await harness.call('GET', '/vnpay/qr-mms/payments')).body['data'] as QrPayment[];
    expect(payment?.callbacks).toHaveLength(1);
    expect(payment?.callbacks[0]?.answer).toMatchObject({ code: '00' });
    expect((await harness.call('POST', '/vnpay/qr-mms/buyers/pay', { txnId: 'ATTABC123DEF456' })).status).toBe(409);
  });

  it('calls again until it has an answer', async () => {
    const merchant = await listen((_request, n) =>
      n < 3 ? { status: 500, body: {} } : { status: 200, body: { code: '03' } },
    );
    open.push(merchant);
    const harness = await start(merchant.url);
    await harness.call('PUT', '/settings', { callbackRetryMs: 5 });
    await create(harness);
    await harness.call('POST', '/vnpay/qr-mms/buyers/pay', { txnId: 'ATTABC123DEF456' });
    await until('three calls', () => (merchant.received.length === 3 ? true : undefined));
    const [payment] = harness.sandbox.qrMms.allPayments();
    expect(
      await until('the record', () =>
        harness.sandbox.qrMms.allPayments()[0]?.callbacks.length === 3 ? true : undefined,
      ),
    ).toBe(true);
    expect(payment?.status).toBe('PAID');
  });

  it('duplicates, forges and spoils callbacks on demand', async () => {
    const merchant = await listen(() => ({ status: 200, body: { code: '00' } }));
    open.push(merchant);
    const harness = await start(merchant.url);
    await create(harness);
    await harness.call('POST', '/vnpay/qr-mms/buyers/callback', { txnId: 'ATTABC123DEF456', forged: true });
    expect(harness.sandbox.qrMms.allPayments()).toHaveLength(0);
    await harness.call('POST', '/vnpay/qr-mms/buyers/pay', { txnId: 'ATTABC123DEF456', callback: 'duplicate' });
    await harness.call('POST', '/faults', {
      kind: 'wrong-amount',
      target: 'vnpay-qr-mms.callback',
      amountDelta: -8000,
    });
    await harness.call('POST', '/vnpay/qr-mms/buyers/callback', { txnId: 'ATTABC123DEF456' });
    const bodies = merchant.received.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    const good = bodies.map((body) => body['checksum'] === callbackChecksum(body, SECRETS.callback));
    expect(good).toEqual([false, true, true, true]);
    expect(bodies[1]).toEqual(bodies[2]);
    expect(bodies[3]?.['amount']).toBe('100000');
  });

  it('refuses an expired QR unless told otherwise, and declines without taking money', async () => {
    const harness = await start();
    await create(harness, { expDate: '2501010000' });
    const pay = (more: object): Promise<Answer> =>
      harness.call('POST', '/vnpay/qr-mms/buyers/pay', { txnId: 'ATTABC123DEF456', ...more });
    expect((await pay({})).status).toBe(422);
    expect((await pay({ decline: true, ignoreExpiry: true })).body['payment']).toMatchObject({
      status: 'DECLINED',
      code: '24',
    });
    expect((await pay({ paidAt: '2025-01-01T00:05:00Z' })).body['payment']).toMatchObject({
      status: 'PAID',
      paidAt: 1735689900000,
    });
  });
});

describe('CheckTrans', () => {
  it('answers by the day of payment, signed', async () => {
    const harness = await start();
    await create(harness);
    const today = slashDate(Date.now());
    const ask = async (body: object): Promise<Record<string, unknown>> =>
      (await harness.call('POST', '/CheckTransaction/rest/api/CheckTrans', body)).body;
    expect((await ask(checkBody(today)))['code']).toBe('01');
    await harness.call('POST', '/vnpay/qr-mms/buyers/pay', {
      txnId: 'ATTABC123DEF456',
      callback: 'hold',
      realAmount: 100000,
    });
    const [payment] = harness.sandbox.qrMms.allPayments();
    const found = await ask(checkBody(slashDate(payment?.paidAt ?? 0)));
    expect(found).toMatchObject({ code: '00', debitAmount: '108000', realAmount: '100000', qrTrace: payment?.qrTrace });
    expect(found['checkSum']).toBe(checkAnswerChecksum(found, SECRETS.check));
    expect((await ask(checkBody('01/01/2025')))['code']).toBe('01');
    expect((await ask({ ...checkBody(today), checkSum: 'no' }))['code']).toBe('11');
    expect((await ask(checkBody(today, '')))['code']).toBe('03');
    expect((await ask(checkBody('2026-11-20')))['code']).toBe('02');
    await harness.call('POST', '/faults', {
      kind: 'look-up-failure',
      target: 'vnpay-qr-mms.check',
      code: '08',
      count: 1,
    });
    expect((await ask(checkBody(slashDate(payment?.paidAt ?? 0))))['code']).toBe('08');
  });
});

describe('refund', () => {
  it('keeps the books: partial, then the rest as partial, each number once', async () => {
    const harness = await start();
    await create(harness);
    await harness.call('POST', '/vnpay/qr-mms/buyers/pay', { txnId: 'ATTABC123DEF456', callback: 'hold' });
    const [payment] = harness.sandbox.qrMms.allPayments();
    const ask = async (
      refundTxnId: string,
      typeRefund: string,
      amount: string,
      change: object = {},
    ): Promise<unknown> => {
      const body = {
        merchantCode: '0311609355',
        qrTrace: payment?.qrTrace,
        payTxnId: 'ATTABC123DEF456',
        refundTxnId,
        typeRefund,
        amount,
        refundContent: 'tra hang',
        payDate: compactTime(payment?.paidAt ?? 0),
      };
      const signed = { ...body, checkSum: refundChecksum(body, SECRETS.refund), ...change };
      return (await harness.call('POST', '/mms/refund', signed)).body['code'];
    };
    expect(await ask('1', '1', '100000')).toBe('03');
    expect(await ask('1', '2', '200000')).toBe('02');
    expect(await ask('1', '2', '8000', { checkSum: 'x' })).toBe('01');
    expect(await ask('ONE', '2', '8000')).toBe('11');
    expect(await ask('1', '2', '8000')).toBe('00');
    expect(await ask('1', '2', '8000')).toBe('99');
    expect(await ask('2', '1', '108000')).toBe('04');
    expect(await ask('2', '2', '100001')).toBe('02');
    expect(await ask('2', '2', '100000')).toBe('00');
    expect(harness.sandbox.qrMms.allPayments()[0]?.refunds.map(({ amount }) => amount)).toEqual([8000, 100000]);
  });
});
