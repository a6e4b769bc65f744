import { afterEach, describe, expect, it, vi } from 'vitest';
import { RefundTransactionType, VNPay } from 'vnpay';
import { WireObject } from '../../wire-json';
import { readQuerydrResponse, readRefundResponse } from './api-response';
import { apiAnswer, NOTIFICATION, PAY, SECRET } from './gateway.fixture';
import { buildNotification, parseNotification } from './notification';
import { buildPayUrl, parsePayQuery } from './pay-message';
import { buildQuerydrRequest, parseQuerydrRequest } from './querydr-request';
import { buildRefundRequest, parseRefundRequest } from './refund-request';
import { verifyReceived } from './secure-hash';

/** npm `vnpay` 2.5.0, checked against; the tests named "is wrong" say where it cannot be followed. */
const HOST = 'https://pay.example';
const theirs = new VNPay({
  tmnCode: 'DEMOV210',
  secureSecret: SECRET,
  vnpayHost: HOST,
  queryDrAndRefundHost: HOST,
  paymentEndpoint: 'vpcpay.html',
});

const QUERYDR = {
  requestId: 'REQ0001',
  version: '2.1.0',
  tmnCode: 'DEMOV210',
  txnRef: '5',
  transactionNo: '14422574',
  transactionDateMs: Date.UTC(2021, 7, 1, 8, 33, 33),
  createdAtMs: Date.UTC(2021, 7, 1, 9),
  ipAddress: '127.0.0.1',
  orderInfo: 'Truy van GD:5',
};

const members = (body: string): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

/** Answers the library's call and gives back the body that it sent. */
function answering(answer: object): { sent: () => Record<string, unknown> } {
  let body = '';
  vi.stubGlobal('fetch', (_url: string, options: { body: string }) => {
    body = options.body;
    return Promise.resolve(new Response(JSON.stringify(answer), { status: 200 }));
  });
  return { sent: () => members(body) };
}

const askTheirs = () =>
  theirs.queryDr({
    vnp_RequestId: 'REQ0001',
    vnp_TxnRef: '5',
    vnp_TransactionDate: 20210801153333,
    vnp_CreateDate: 20210801160000,
    vnp_TransactionNo: 14422574,
    vnp_IpAddr: '127.0.0.1',
    vnp_OrderInfo: 'Truy van GD:5',
  });

const refundTheirs = (transactionNo?: number) =>
  theirs.refund({
    vnp_RequestId: 'REQ0001',
    vnp_TransactionType: RefundTransactionType.FULL_REFUND,
    vnp_TxnRef: '5',
    vnp_Amount: 100_000,
    vnp_TransactionDate: 20210801153333,
    vnp_CreateBy: 'merchant',
    vnp_CreateDate: 20210801160000,
    vnp_IpAddr: '127.0.0.1',
    vnp_OrderInfo: 'Hoan tien',
    ...(transactionNo === undefined ? {} : { vnp_TransactionNo: transactionNo }),
  });

afterEach(() => vi.unstubAllGlobals());

describe('pay URL', () => {
  const pay = (orderInfo: string): string =>
    theirs.buildPaymentUrl({
      vnp_Amount: 100_000,
      vnp_IpAddr: PAY.ipAddress,
      vnp_TxnRef: PAY.txnRef,
      vnp_OrderInfo: orderInfo,
      vnp_ReturnUrl: PAY.returnUrl,
      vnp_CreateDate: 20261120120000,
      vnp_ExpireDate: 20261120121500,
    });

  it('is the same, byte for byte', () => {
    expect(pay(PAY.orderInfo)).toBe(buildPayUrl(`${HOST}/vpcpay.html`, PAY, SECRET));
  });

  it('is wrong with an asterisk: it signs `*` where PHP signs `%2A`; ours never sends one and reads both', () => {
    const query = pay('a*b').split('?')[1] ?? '';
    expect(query).toContain('vnp_OrderInfo=a*b');
    expect(() => parsePayQuery(query)).toThrow('vnp_OrderInfo: BAD_CHARACTERS');
  });
});

describe('IPN and return', () => {
  const queryOf = (query: string) => Object.fromEntries(new URLSearchParams(query)) as never;

  it('are verified alike', () => {
    const query = buildNotification(NOTIFICATION, SECRET);
    for (const result of [theirs.verifyIpnCall(queryOf(query)), theirs.verifyReturnUrl(queryOf(query))]) {
      expect(result).toMatchObject({ isVerified: true, isSuccess: true, vnp_Amount: 100_000 });
    }
    const forged = query.replace('Amount=10000000', 'Amount=10000100');
    expect(theirs.verifyIpnCall(queryOf(forged)).isVerified).toBe(false);
    expect(verifyReceived(parseNotification(forged), [SECRET])).toBeNull();
  });

  it('are wrong with a foreign parameter, which it hashes, and with a hash in capitals', () => {
    const query = buildNotification(NOTIFICATION, SECRET);
    const capitals = query.replace(/[0-9a-f]{128}$/, (hash) => hash.toUpperCase());
    for (const received of [`${query}&utm_source=mail`, capitals]) {
      expect(theirs.verifyIpnCall(queryOf(received)).isVerified).toBe(false);
      expect(verifyReceived(parseNotification(received), [SECRET])).toBe(0);
    }
  });

  it('are wrong about success: it looks at the code alone and not at the status', () => {
    const query = buildNotification({ ...NOTIFICATION, transactionStatus: '01' }, SECRET);
    expect(theirs.verifyIpnCall(queryOf(query))).toMatchObject({ isVerified: true, isSuccess: true });
  });
});

describe('querydr', () => {
  it('asks with the same hash and believes the same answer', async () => {
    const answer = apiAnswer('querydr', { vnp_PromotionCode: 'P1', vnp_PromotionAmount: '100000' });
    const { sent } = answering(answer);
    expect(await askTheirs()).toMatchObject({ isVerified: true, isSuccess: true });
    const ours = members(buildQuerydrRequest(QUERYDR, SECRET));
    expect(sent()['vnp_SecureHash']).toBe(ours['vnp_SecureHash']);
    // It sends dates and the reference as numbers; they are hashed as they were received.
    const received = parseQuerydrRequest(JSON.stringify(sent()));
    expect(received.message).toEqual(QUERYDR);
    expect(verifyReceived(received, [SECRET])).toBe(0);
    const object = WireObject.parse(JSON.stringify(answer));
    expect(object && verifyReceived(readQuerydrResponse(object), [SECRET])).toBe(0);
  });

  it('is wrong about unsigned answers, which it calls verified, and about the terminal, which it takes from itself', async () => {
    answering({ ...apiAnswer('querydr'), vnp_SecureHash: '' });
    expect((await askTheirs()).isVerified).toBe(true);
    answering({ ...apiAnswer('querydr'), vnp_TmnCode: 'OTHER210' });
    expect((await askTheirs()).isVerified).toBe(true);
  });
});

describe('refund', () => {
  const refund = {
    ...QUERYDR,
    transactionType: '02',
    amountMinor: 100_000n,
    createBy: 'merchant',
    orderInfo: 'Hoan tien',
  } as const;

  it('asks with the same hash', async () => {
    const { sent } = answering(apiAnswer('refund', { vnp_Amount: '' }));
    await refundTheirs(14422574);
    const ours = members(buildRefundRequest(refund, SECRET));
    expect(sent()['vnp_SecureHash']).toBe(ours['vnp_SecureHash']);
    expect(verifyReceived(parseRefundRequest(JSON.stringify(sent())), [SECRET])).toBe(0);
  });

  it('is wrong without a reference: it hashes a 0 that it does not send', async () => {
    const { sent } = answering(apiAnswer('refund', { vnp_Amount: '' }));
    await refundTheirs();
    expect(sent()).not.toHaveProperty('vnp_TransactionNo');
    expect(verifyReceived(parseRefundRequest(JSON.stringify(sent())), [SECRET])).toBeNull();
    expect(verifyReceived(parseRefundRequest(JSON.stringify({ ...sent(), vnp_TransactionNo: '0' })), [SECRET])).toBe(0);
  });

  it('is wrong about an answer with an amount: it divides by 100 before it hashes', async () => {
    for (const [amount, verified] of [
      ['', true],
      ['10000000', false],
    ] as const) {
      const answer = apiAnswer('refund', { vnp_Amount: amount });
      answering(answer);
      expect((await refundTheirs(14422574)).isVerified).toBe(verified);
      const object = WireObject.parse(JSON.stringify(answer));
      expect(object && verifyReceived(readRefundResponse(object), [SECRET])).toBe(0);
    }
  });
});
