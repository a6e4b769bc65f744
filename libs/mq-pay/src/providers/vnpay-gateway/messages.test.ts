import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultIn, NOON, NOTIFICATION, PAY, SECRET, UID } from './gateway.fixture';
import { GATEWAY_MESSAGES } from './messages';
import { verifyReceived } from './secure-hash';
import type { Received } from './secure-hash';

const { ipnAnswer, notification, pay, ...api } = GATEWAY_MESSAGES;
const ENDPOINT = 'https://pay.vnpay.example/vpcpay.html';

const querydr = {
  requestId: 'REQ1',
  version: '2.1.0',
  tmnCode: 'DEMOV210',
  txnRef: UID,
  transactionNo: '14422574',
  transactionDateMs: NOON,
  createdAtMs: NOON + 60_000,
  ipAddress: '203.0.113.7',
  orderInfo: 'Truy van',
};
const refund = { ...querydr, transactionType: '03', amountMinor: 45_000n, createBy: 'merchant' } as const;
const refunded = {
  responseId: 'R1',
  responseCode: '00',
  message: 'Giao dịch thành công',
  tmnCode: 'DEMOV210',
  txnRef: UID,
  amountMinor: 45_000n,
  bankCode: 'NCB',
  paidAtMs: NOON,
  transactionNo: '14422575',
  transactionType: '03',
  transactionStatus: '05',
  orderInfo: 'Hoan tien',
};
const answered = { ...refunded, promotionCode: 'P1', promotionAmountMinor: 5_000n };

/** Name, what is said, what the other side read of the signed message, with the message a character longer. */
const SIGNED: readonly (readonly [string, object, Received<object>, Received<object>])[] = [
  row('pay', PAY, pay.build(ENDPOINT, PAY, SECRET).slice(ENDPOINT.length + 1), pay.parse, UID),
  row('notification', NOTIFICATION, notification.build(NOTIFICATION, SECRET), notification.parse, UID),
  row('querydr', querydr, api.querydrRequest.build(querydr, SECRET), api.querydrRequest.parse, UID),
  row('querydr answer', answered, api.querydrResponse.build(answered, SECRET), api.querydrResponse.parse, UID),
  row('refund', refund, api.refundRequest.build(refund, SECRET), api.refundRequest.parse, UID),
  row('refund answer', refunded, api.refundResponse.build(refunded, SECRET), api.refundResponse.parse, UID),
];

function row(
  name: string,
  said: object,
  text: string,
  parse: (text: string) => Received<object>,
  signed: string,
): readonly [string, object, Received<object>, Received<object>] {
  return [name, said, parse(text), parse(text.replace(signed, `${signed}0`))];
}

describe('the messages of the gateway', () => {
  it.each(SIGNED)('%s: the other side reads what was said, and notices a change', (_name, said, received, changed) => {
    expect(received.message).toEqual(said);
    expect(verifyReceived(received, ['another secret', SECRET])).toBe(1);
    expect(verifyReceived(changed, [SECRET])).toBeNull();
  });

  it('are read or refused with the one error, whatever comes', () => {
    const parsers = Object.values(GATEWAY_MESSAGES).map(({ parse }) => parse);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.webQueryParameters()), (text) => {
        for (const parse of parsers) expect(faultIn(() => parse(text))).not.toBe('none');
      }),
    );
    expect(ipnAnswer.parse('{"RspCode":"02","Message":"Order already confirmed"}').code).toBe('02');
  });
});
