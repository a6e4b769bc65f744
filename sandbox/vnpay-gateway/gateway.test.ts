import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import vectors from '../../test/vectors/vnpay.json' with { type: 'json' };
import { compactTime } from '../shared/vietnam-time';
import { listen, openSandbox, until, type Answer, type Harness } from '../testing/harness';
import { apiHash, canonical, signedQuery, type Members } from './hashes';
import type { GatewayPayment } from './model';

const SECRET = 'a secret of the terminal';
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(ipnUrl?: string, settings: object = {}): Promise<Harness> {
  const harness = openSandbox();
  open.push(harness);
  await harness.call('POST', '/vnpay/gateway/terminals', { tmnCode: 'NXGATE01', hashSecret: SECRET, ipnUrl });
  await harness.call('PUT', '/settings', { gatewayQueryPauseMs: 0, gatewayRefundMs: 0, ...settings });
  return harness;
}

const CREATED = compactTime(Date.now());

function payMembers(change: Members = {}): Members {
  return {
    vnp_Version: '2.1.0',
    vnp_Command: 'pay',
    vnp_TmnCode: 'NXGATE01',
    vnp_Amount: '10800000',
    vnp_CurrCode: 'VND',
    vnp_CreateDate: CREATED,
    vnp_IpAddr: '203.0.113.9',
    vnp_Locale: 'vn',
    vnp_OrderInfo: 'Thanh toan don hang DH1',
    vnp_OrderType: 'other',
    vnp_ReturnUrl: 'https://shop.example/return',
    vnp_TxnRef: 'ATTABC123DEF456',
    ...change,
  };
}

const payUrl = (change: Members = {}, secret = SECRET): string =>
  `http://sandbox/paymentv2/vpcpay.html?${signedQuery(payMembers(change), secret)}`;
const visit = (harness: Harness, url: string): Promise<Answer> =>
  harness.call('GET', new URL(url).pathname + new URL(url).search);
const pay = (harness: Harness, body: object = {}): Promise<Answer> =>
  harness.call('POST', '/vnpay/gateway/buyers/pay', { payUrl: payUrl(), ...body });

let request = 0;
async function api(harness: Harness, command: 'querydr' | 'refund', change: Members = {}): Promise<Members> {
  request += 1;
  const body: Members = {
    vnp_RequestId: `REQ${request}`,
    vnp_Version: '2.1.0',
    vnp_Command: command,
    vnp_TmnCode: 'NXGATE01',
    vnp_TxnRef: 'ATTABC123DEF456',
    vnp_OrderInfo: 'hoi',
    vnp_TransactionDate: CREATED,
    vnp_CreateDate: CREATED,
    vnp_IpAddr: '203.0.113.9',
    ...(command === 'refund'
      ? { vnp_TransactionType: '03', vnp_Amount: '800000', vnp_TransactionNo: '', vnp_CreateBy: 'nx' }
      : {}),
    ...change,
  };
  const hashed = { ...body, vnp_SecureHash: body['vnp_SecureHash'] ?? apiHash(command, body, SECRET) };
  return (await harness.call('POST', '/merchant_webapi/api/transaction', hashed)).body as Members;
}

describe('the hash', () => {
  it.each([...vectors.gateway.pay, ...vectors.gateway.ipn])('of $signed', ({ key, signed, hash }) => {
    const members = Object.fromEntries(new URLSearchParams(signed));
    expect(canonical({ ...members, vnp_SecureHash: 'x', vnp_Empty: '', other: '1' })).toBe(signed);
    expect(createHmac('sha512', key).update(canonical(members)).digest('hex')).toBe(hash);
  });

  it.each(vectors.gateway.querydr)('of $signed', ({ key, signed, hash }) => {
    const names = 'RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo'.split(' ');
    const values = signed.split('|');
    expect(
      apiHash('querydr', Object.fromEntries(names.map((name, at) => [`vnp_${name}`, values[at] ?? ''])), key),
    ).toBe(hash);
  });
});

describe('the pay page', () => {
  it('shows the order, and leads the buyer back with a signed answer', async () => {
    const harness = await start();
    const page = await visit(harness, payUrl());
    expect(page.status).toBe(200);
    expect(page.text).toContain('108.000');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const back = await harness.call('POST', '/paymentv2/confirm', 'txnRef=ATTABC123DEF456&ending=cancelled', form);
    expect(back.status).toBe(303);
    const answer = Object.fromEntries(new URL(String(back.headers['location'])).searchParams);
    expect(answer).toMatchObject({ vnp_ResponseCode: '24', vnp_TransactionStatus: '02', vnp_Amount: '10800000' });
    expect(signedQuery(answer, SECRET)).toContain(answer['vnp_SecureHash']);
  });

  it.each([
    ['97', payUrl({}, 'another secret')],
    ['02', payUrl({ vnp_TmnCode: 'NOBODY01' })],
    ['03', payUrl({ vnp_Amount: '108000.5' })],
    ['03', payUrl({ vnp_OrderInfo: 'Thanh toán' })],
    ['03', payUrl({ vnp_IpAddr: 'here' })],
    ['03', payUrl({ vnp_ExpireDate: '20261340000000' })],
    ['15', payUrl({ vnp_ExpireDate: '20200101000000' })],
  ])('answers %s to a bad link', async (code, url) => {
    const page = await visit(await start(), url);
    expect(page.status).toBe(400);
    expect(page.text).toContain(`<p class="amount">${code}</p>`);
  });

  it('takes one reference for one order a day, and no second payment', async () => {
    const harness = await start();
    await visit(harness, payUrl());
    expect((await visit(harness, payUrl({ vnp_Amount: '500000' }))).text).toContain('>01<');
    expect((await pay(harness)).status).toBe(200);
    expect((await visit(harness, payUrl())).text).toContain('>01<');
    expect((await harness.call('POST', '/vnpay/gateway/buyers/pay', { txnRef: 'ATTABC123DEF456' })).status).toBe(409);
  });
});

describe('the IPN', () => {
  it('comes by GET, signed, and again until the merchant says that he knows', async () => {
    const merchant = await listen((_request, n) => ({
      status: 200,
      body: { RspCode: n < 3 ? '99' : '02', Message: '' },
    }));
    open.push(merchant);
    const harness = await start(`${merchant.url}/ipn?shop=1`, { gatewayIpnRetryMs: 5 });
    await pay(harness);
    await until('three calls', () => (merchant.received.length === 3 ? true : undefined));
    const told = Object.fromEntries(new URL(merchant.received[0]?.url ?? '', merchant.url).searchParams);
    expect(merchant.received[0]?.method).toBe('GET');
    expect(told).toMatchObject({
      shop: '1',
      vnp_ResponseCode: '00',
      vnp_TransactionStatus: '00',
      vnp_Amount: '10800000',
    });
    expect(signedQuery(told, SECRET)).toContain(told['vnp_SecureHash']);
  });

  it('gives up after the tenth call', async () => {
    const merchant = await listen(() => ({ status: 200, body: { RspCode: '01', Message: '' } }));
    open.push(merchant);
    const harness = await start(merchant.url, { gatewayIpnRetryMs: 1 });
    await pay(harness);
    const tries = (): number => harness.sandbox.gateway.allPayments()[0]?.ipns.length ?? 0;
    await until('ten calls', () => (tries() === 10 ? true : undefined));
    await new Promise((resolve) => setImmediate(resolve));
    expect(tries()).toBe(10);
  });

  it('is forged, doubled and spoilt on demand', async () => {
    const merchant = await listen(() => ({ status: 200, body: { RspCode: '00' } }));
    open.push(merchant);
    const harness = await start(merchant.url);
    await pay(harness, { ipn: 'duplicate' });
    await harness.call('POST', '/vnpay/gateway/buyers/ipn', { txnRef: 'ATTABC123DEF456', forged: true });
    await harness.call('POST', '/faults', { kind: 'wrong-amount', target: 'vnpay-gateway.ipn', amountDelta: -8000 });
    await harness.call('POST', '/vnpay/gateway/buyers/ipn', { txnRef: 'ATTABC123DEF456' });
    const told = merchant.received.map(({ url }) => Object.fromEntries(new URL(url, merchant.url).searchParams));
    expect(told.map((one) => signedQuery(one, SECRET).endsWith(one['vnp_SecureHash'] ?? '?'))).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(told[3]?.['vnp_Amount']).toBe('10000000');
  });
});

describe('the merchant API', () => {
  it('says what became of a payment, signed', async () => {
    const harness = await start();
    expect(await api(harness, 'querydr')).toEqual({
      vnp_Command: 'querydr',
      vnp_ResponseCode: '91',
      vnp_Message: 'Transaction is not found',
    });
    await pay(harness, { ipn: 'hold', ending: 'suspicious' });
    expect(await api(harness, 'querydr')).toMatchObject({ vnp_ResponseCode: '00', vnp_TransactionStatus: '07' });
    await pay(harness, { ipn: 'hold' });
    const answer = await api(harness, 'querydr');
    expect(answer).toMatchObject({ vnp_TransactionType: '01', vnp_TransactionStatus: '00', vnp_Amount: '10800000' });
    expect(answer['vnp_SecureHash']).toBe(apiHash('querydrAnswer', answer, SECRET));
    expect((await api(harness, 'querydr', { vnp_SecureHash: 'no' }))['vnp_ResponseCode']).toBe('97');
    expect((await api(harness, 'querydr', { vnp_TransactionDate: 'today' }))['vnp_ResponseCode']).toBe('03');
    expect((await api(harness, 'querydr', { vnp_TmnCode: 'NOBODY01' }))['vnp_ResponseCode']).toBe('02');
  });

  it('answers one query of a terminal, then 94 for a while', async () => {
    const harness = await start(undefined, { gatewayQueryPauseMs: 300_000 });
    await pay(harness, { ipn: 'hold' });
    expect((await api(harness, 'querydr'))['vnp_ResponseCode']).toBe('00');
    expect((await api(harness, 'querydr', { vnp_TxnRef: 'ANOTHER' }))['vnp_ResponseCode']).toBe('94');
  });

  it('accepts a refund, which is done or rejected later', async () => {
    const harness = await start();
    await pay(harness, { ipn: 'hold', ending: 'failed' });
    expect((await api(harness, 'refund'))['vnp_ResponseCode']).toBe('95');
    await pay(harness, { ipn: 'hold' });
    const accepted = await api(harness, 'refund');
    expect(accepted).toMatchObject({ vnp_ResponseCode: '00', vnp_TransactionStatus: '05', vnp_TransactionType: '03' });
    expect(accepted['vnp_SecureHash']).toBe(apiHash('refundAnswer', accepted, SECRET));
    const refunds = (): readonly string[] =>
      (harness.sandbox.gateway.allPayments().at(-1) as GatewayPayment).refunds.map(({ status }) => status);
    await until('the bank', () => (refunds()[0] === '06' ? true : undefined));
    const about = { vnp_TransactionNo: accepted['vnp_TransactionNo'] ?? '' };
    expect(await api(harness, 'querydr', about)).toMatchObject({
      vnp_TransactionType: '03',
      vnp_TransactionStatus: '06',
    });
    expect(
      (await api(harness, 'refund', { vnp_TransactionType: '02', vnp_Amount: '10800000' }))['vnp_ResponseCode'],
    ).toBe('03');
    await harness.call('POST', '/faults', { kind: 'rejected-later', target: 'vnpay-gateway.refund', count: 1 });
    expect((await api(harness, 'refund', { vnp_Amount: '10000000' }))['vnp_ResponseCode']).toBe('00');
    await until('the rejection', () => (refunds()[1] === '09' ? true : undefined));
    expect((await api(harness, 'refund', { vnp_Amount: '10000000' }))['vnp_ResponseCode']).toBe('00');
    expect((await api(harness, 'refund', { vnp_Amount: '100' }))['vnp_ResponseCode']).toMatch(/^(03|94)$/);
  });
});
