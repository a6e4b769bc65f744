import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { WireObject } from '../../wire-json';
import { buildQuerydrResponse, buildRefundResponse, readQuerydrResponse, readRefundResponse } from './api-response';
import type { QuerydrResponse } from './api-response';
import { apiAnswer, faultIn, hmac, NOON, SECRET, UID } from './gateway.fixture';
import { buildQuerydrRequest, parseQuerydrRequest } from './querydr-request';
import type { QuerydrRequest } from './querydr-request';
import { buildRefundRequest, parseRefundRequest } from './refund-request';
import type { GatewayRefundRequest } from './refund-request';
import { verifyReceived } from './secure-hash';

const QUERYDR: QuerydrRequest = {
  requestId: 'REQ0001',
  version: '2.1.0',
  tmnCode: 'DEMOV210',
  txnRef: '5',
  transactionNo: '',
  transactionDateMs: Date.UTC(2021, 7, 1, 8, 33, 33),
  createdAtMs: Date.UTC(2021, 7, 1, 9),
  ipAddress: '127.0.0.1',
  orderInfo: 'Truy van GD:5',
};

const REFUND: GatewayRefundRequest = {
  ...QUERYDR,
  transactionType: '02',
  amountMinor: 100_000n,
  transactionNo: '14422574',
  createBy: 'merchant',
  orderInfo: 'Hoan tien',
};

const RESPONSE: QuerydrResponse = {
  responseId: 'r1',
  responseCode: '00',
  message: 'Giao dịch thành công',
  tmnCode: 'DEMOV210',
  txnRef: UID,
  amountMinor: 100_000n,
  bankCode: 'NCB',
  paidAtMs: NOON,
  transactionNo: '14422574',
  transactionType: '01',
  transactionStatus: '00',
  orderInfo: 'Thanh toan :5',
  promotionCode: 'P1',
  promotionAmountMinor: 5_000n,
};

const members = (body: string): Record<string, string> => JSON.parse(body) as Record<string, string>;
const objectOf = (value: object | string): WireObject => {
  const object = WireObject.parse(typeof value === 'string' ? value : JSON.stringify(value));
  if (object === null) throw new Error('no object');
  return object;
};

describe('a querydr', () => {
  it('equals the vector', () => {
    const [vector] = vectors.gateway.querydr;
    const body = buildQuerydrRequest(QUERYDR, vector?.key ?? '');
    expect(members(body)).toEqual({
      vnp_RequestId: 'REQ0001',
      vnp_Version: '2.1.0',
      vnp_Command: 'querydr',
      vnp_TmnCode: 'DEMOV210',
      vnp_TxnRef: '5',
      vnp_OrderInfo: 'Truy van GD:5',
      vnp_TransactionDate: '20210801153333',
      vnp_CreateDate: '20210801160000',
      vnp_IpAddr: '127.0.0.1',
      vnp_SecureHash: vector?.hash,
    });
    expect(parseQuerydrRequest(body).candidates).toEqual([vector?.signed]);
  });

  it('comes back as it was built, with and without VNPAY’s reference', () => {
    for (const request of [QUERYDR, { ...QUERYDR, transactionNo: '14422574' }]) {
      const received = parseQuerydrRequest(buildQuerydrRequest(request, SECRET));
      expect(received.message).toEqual(request);
      expect(verifyReceived(received, ['k', SECRET])).toBe(1);
    }
  });

  it.each(['RequestId', 'Version', 'TmnCode', 'TxnRef', 'TransactionDate', 'CreateDate', 'IpAddr', 'OrderInfo'])(
    'signs %s',
    (name) => {
      const body = members(buildQuerydrRequest(QUERYDR, SECRET));
      const value = body[`vnp_${name}`] ?? '';
      const changed = value.replace(/[0-9A-Z](?=[^0-9A-Z]*$)/, (last) => (last === '1' ? '2' : '1'));
      expect(changed).not.toBe(value);
      const received = parseQuerydrRequest(JSON.stringify({ ...body, [`vnp_${name}`]: changed }));
      expect(verifyReceived(received, [SECRET])).toBeNull();
    },
  );

  const long = (length: number): string => 'x'.repeat(length);
  it.each<[Partial<QuerydrRequest>, string]>([
    [{ requestId: '' }, 'vnp_RequestId MISSING'],
    [{ requestId: long(32) }, 'none'],
    [{ requestId: long(33) }, 'vnp_RequestId TOO_LONG'],
    [{ requestId: 'a|b' }, 'vnp_RequestId BAD_CHARACTERS'],
    [{ version: long(9) }, 'vnp_Version TOO_LONG'],
    [{ tmnCode: long(9) }, 'vnp_TmnCode TOO_LONG'],
    [{ txnRef: long(101) }, 'vnp_TxnRef TOO_LONG'],
    [{ orderInfo: long(256) }, 'vnp_OrderInfo TOO_LONG'],
    [{ orderInfo: 'a|b' }, 'vnp_OrderInfo BAD_CHARACTERS'],
    [{ transactionNo: '1'.repeat(15) }, 'none'],
    [{ transactionNo: '1'.repeat(16) }, 'vnp_TransactionNo TOO_LONG'],
    [{ transactionNo: 'x' }, 'vnp_TransactionNo BAD_CHARACTERS'],
    [{ ipAddress: 'x' }, 'vnp_IpAddr NOT_AN_ADDRESS'],
  ])('with %j: %s', (change, fault) => {
    expect(faultIn(() => buildQuerydrRequest({ ...QUERYDR, ...change }, SECRET))).toBe(fault);
  });

  it.each<[string, string]>([
    ['', ' MALFORMED'],
    ['[]', ' MALFORMED'],
    ['{}', 'vnp_RequestId MISSING'],
    ['{"vnp_RequestId":{}}', 'vnp_RequestId MALFORMED'],
    ['{"vnp_RequestId":true}', 'vnp_RequestId MALFORMED'],
    [`{"x":"${'x'.repeat(65_536)}"}`, ' TOO_MUCH'],
    [JSON.stringify({ ...members(buildRefundRequest(REFUND, SECRET)) }), 'vnp_Command UNEXPECTED'],
    [
      JSON.stringify({ ...members(buildQuerydrRequest(QUERYDR, SECRET)), vnp_SecureHash: 'short' }),
      'vnp_SecureHash TOO_SHORT',
    ],
  ])('%#: %.50s is %s', (body, fault) => {
    expect(faultIn(() => parseQuerydrRequest(body))).toBe(fault);
  });
});

describe('a refund', () => {
  it('signs thirteen values in the published order', () => {
    const body = buildRefundRequest(REFUND, SECRET);
    const signed =
      'REQ0001|2.1.0|refund|DEMOV210|02|5|10000000|14422574|20210801153333|merchant|20210801160000|127.0.0.1|Hoan tien';
    expect(members(body)).toEqual({
      vnp_RequestId: 'REQ0001',
      vnp_Version: '2.1.0',
      vnp_Command: 'refund',
      vnp_TmnCode: 'DEMOV210',
      vnp_TransactionType: '02',
      vnp_TxnRef: '5',
      vnp_Amount: '10000000',
      vnp_OrderInfo: 'Hoan tien',
      vnp_TransactionNo: '14422574',
      vnp_TransactionDate: '20210801153333',
      vnp_CreateBy: 'merchant',
      vnp_CreateDate: '20210801160000',
      vnp_IpAddr: '127.0.0.1',
      vnp_SecureHash: hmac(signed),
    });
  });

  it.each(['', '0', '14422574'])('hashes the reference that it sends: %j', (transactionNo) => {
    const body = buildRefundRequest({ ...REFUND, transactionNo }, SECRET);
    expect(members(body)['vnp_TransactionNo']).toBe(transactionNo);
    const received = parseRefundRequest(body);
    expect(received.candidates[0].split('|')[7]).toBe(transactionNo);
    expect(received.message).toEqual({ ...REFUND, transactionNo });
    expect(verifyReceived(received, [SECRET])).toBe(0);
  });

  it.each<[Partial<GatewayRefundRequest>, string]>([
    [{ transactionType: '03' }, 'none'],
    [{ createBy: '' }, 'vnp_CreateBy MISSING'],
    [{ createBy: 'x'.repeat(245) }, 'none'],
    [{ createBy: 'x'.repeat(246) }, 'vnp_CreateBy TOO_LONG'],
    [{ createBy: 'a|b' }, 'vnp_CreateBy BAD_CHARACTERS'],
    [{ amountMinor: 0n }, 'vnp_Amount NOT_AN_AMOUNT'],
  ])('with %o: %s', (change, fault) => {
    expect(faultIn(() => buildRefundRequest({ ...REFUND, ...change }, SECRET))).toBe(fault);
  });

  it('has the type of a full or a partial refund', () => {
    const body = members(buildRefundRequest(REFUND, SECRET));
    const parse = (type: string) => parseRefundRequest(JSON.stringify({ ...body, vnp_TransactionType: type }));
    expect(faultIn(() => parse('01'))).toBe('vnp_TransactionType BAD_CHARACTERS');
    expect(parse('03').message.transactionType).toBe('03');
  });

  it('takes an amount that was sent as a number, hashed as received', () => {
    const text = buildRefundRequest(REFUND, SECRET).replace('"10000000"', '10000000');
    expect(verifyReceived(parseRefundRequest(text), [SECRET])).toBe(0);
  });
});

describe('an answer to a querydr', () => {
  it('comes back as it was built', () => {
    const received = readQuerydrResponse(objectOf(buildQuerydrResponse(RESPONSE, SECRET)));
    expect(received.message).toEqual(RESPONSE);
    expect(verifyReceived(received, [SECRET])).toBe(0);
  });

  it('signs fifteen values, absent ones as empty', () => {
    const received = readQuerydrResponse(objectOf(apiAnswer('querydr')));
    expect(received.candidates).toEqual([
      `6ca4bd5f11f34a6b9d5a|querydr|00|OK|DEMOV210|${UID}|10000000|NCB|20261120120100|14422574|01|00|Thanh toan||`,
    ]);
    expect(verifyReceived(received, [SECRET])).toBe(0);
    expect(received.message).toMatchObject({ promotionCode: '', promotionAmountMinor: null });
  });

  it('hashes numbers and null as received', () => {
    const answer = apiAnswer('querydr', { vnp_Amount: 10000000, vnp_BankCode: null, vnp_TransactionNo: 14422574 });
    const received = readQuerydrResponse(objectOf(answer));
    expect(received.message).toMatchObject({ amountMinor: 100_000n, bankCode: '', transactionNo: '14422574' });
    expect(verifyReceived(received, [SECRET])).toBe(0);
  });

  it.each(['00', '02', '03', '91', '94', '97', '99'])('may consist of the code %s alone', (code) => {
    const received = readQuerydrResponse(objectOf({ vnp_ResponseCode: code }));
    expect(received).toMatchObject({
      secureHash: '',
      message: { responseCode: code, amountMinor: null, paidAtMs: null },
    });
  });

  it.each<[object, string]>([
    [{ vnp_ResponseCode: '' }, 'vnp_ResponseCode MISSING'],
    [{ vnp_ResponseCode: '000' }, 'vnp_ResponseCode TOO_LONG'],
    [{ vnp_Amount: '10000001' }, 'vnp_Amount NOT_AN_AMOUNT'],
    [{ vnp_Amount: '1e7' }, 'vnp_Amount NOT_AN_AMOUNT'],
    [{ vnp_Message: 'a|b' }, 'vnp_Message SEPARATOR'],
    [{ vnp_Message: 'x'.repeat(1_001) }, 'vnp_Message TOO_LONG'],
    [{ vnp_TransactionNo: '14422574x' }, 'vnp_TransactionNo BAD_CHARACTERS'],
    [{ vnp_TransactionStatus: ['00'] }, 'vnp_TransactionStatus MALFORMED'],
    [{ vnp_SecureHash: 'x'.repeat(257) }, 'vnp_SecureHash TOO_LONG'],
    [{ vnp_PromotionAmount: '5' }, 'vnp_PromotionAmount NOT_AN_AMOUNT'],
    [{ vnp_PayDate: 'unknown' }, 'none'],
  ])('with %o: %s', (change, fault) => {
    expect(faultIn(() => readQuerydrResponse(objectOf({ ...apiAnswer('querydr'), ...change })))).toBe(fault);
  });

  it('is refused with any one signed value changed', () => {
    const answer = members(buildQuerydrResponse(RESPONSE, SECRET));
    for (const [name, value] of Object.entries(answer)) {
      const changed = value.replace(/[0-9A-Za-z]/, (first) => (first === '1' ? '2' : '1'));
      const received = readQuerydrResponse(objectOf({ ...answer, [name]: changed }));
      expect(verifyReceived(received, [SECRET]), name).toBeNull();
    }
    expect(Object.keys(answer)).toHaveLength(16);
  });
});

describe('an answer to a refund', () => {
  it('comes back as it was built, and signs thirteen values', () => {
    const { promotionCode: _code, promotionAmountMinor: _amount, ...refund } = { ...RESPONSE, transactionType: '02' };
    const received = readRefundResponse(objectOf(buildRefundResponse(refund, SECRET)));
    expect(received.message).toEqual(refund);
    expect(received.candidates[0].split('|')).toHaveLength(13);
    expect(verifyReceived(received, [SECRET])).toBe(0);
    expect(faultIn(() => buildRefundResponse({ ...refund, message: 'a|b' }, SECRET))).toBe('vnp_Message SEPARATOR');
  });

  it('is hashed with the amount as received, not in whole VND', () => {
    const received = readRefundResponse(objectOf(apiAnswer('refund')));
    expect(received.candidates[0].split('|')[6]).toBe('10000000');
    expect(received.message.amountMinor).toBe(100_000n);
    expect(verifyReceived(received, [SECRET])).toBe(0);
  });

  it('is not verified over the fifteen values of the other', () => {
    const answer = { ...apiAnswer('querydr', { vnp_Command: 'refund' }) };
    expect(verifyReceived(readRefundResponse(objectOf(answer)), [SECRET])).toBeNull();
  });
});

describe('the parsers of the API', () => {
  it('throw nothing but their own error', () => {
    const names = fc.constantFrom(
      'vnp_ResponseCode',
      'vnp_Amount',
      'vnp_Command',
      'vnp_RequestId',
      'vnp_SecureHash',
      'x',
    );
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.dictionary(names, fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(body, (text) => {
        faultIn(() => parseQuerydrRequest(text));
        faultIn(() => parseRefundRequest(text));
        const object = WireObject.parse(text);
        if (object === null) return;
        faultIn(() => readQuerydrResponse(object));
        faultIn(() => readRefundResponse(object));
      }),
    );
  });
});
