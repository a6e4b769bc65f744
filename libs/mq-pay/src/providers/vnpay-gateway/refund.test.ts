import { SendNotSentError, SendTimeoutError } from '@nx/contracts';
import { describe, expect, it } from 'vitest';
import type { RefundQueryRequest, RefundRequest } from '../../provider';
import { scripted, sentBody } from '../vnpay-qr-mms/qr-mms.fixture';
import { apiAnswer, faultIn, hmac, refundOf, refundQueryOf, UID } from './gateway.fixture';
import { asGateway } from './configuration';
import { queryRefund } from './query-refund';
import { refundCall, refundPayment } from './refund';

const accepted = (change: Record<string, unknown> = {}): object =>
  apiAnswer('refund', {
    vnp_TransactionType: '02',
    vnp_TransactionStatus: '05',
    vnp_TransactionNo: '14422999',
    ...change,
  });

describe('the refund that is asked for', () => {
  it('is signed over its thirteen values', async () => {
    const { send, calls } = scripted(accepted());
    await refundPayment(refundOf(), send);
    expect(calls[0]).toMatchObject({ method: 'POST', url: 'https://api.vnpay.example/transaction' });
    expect(sentBody(calls)).toMatchObject({
      vnp_RequestId: '249385230413074',
      vnp_OrderInfo: 'Tra lai hang',
      vnp_SecureHash: hmac(
        `249385230413074|2.1.0|refund|DEMOV210|02|${UID}|10000000|14422574|20261120120000|merchant|20261120130000|127.0.0.1|Tra lai hang`,
      ),
    });
  });

  it.each<[string, Partial<RefundRequest>, object]>([
    ['all', {}, { vnp_TransactionType: '02', vnp_Amount: '10000000' }],
    ['a part', { amountMinor: 40_000n }, { vnp_TransactionType: '03', vnp_Amount: '4000000' }],
    ['the rest after a part', { amountMinor: 60_000n, refundedBeforeMinor: 40_000n }, { vnp_TransactionType: '03' }],
    ['an unknown reference', { providerReference: '' }, { vnp_TransactionNo: '0' }],
    ['a description of nothing', { description: '日本' }, { vnp_OrderInfo: `Hoan tien ${UID}` }],
  ])('%s', (_name, change, expected) => {
    const request = refundOf(change);
    const body = JSON.parse(refundCall(asGateway(request.configuration), request).body ?? '') as object;
    expect(body).toMatchObject(expected);
  });

  it.each<[string, Partial<RefundRequest>, string]>([
    ['more than is left', { amountMinor: 60_001n, refundedBeforeMinor: 40_000n }, 'vnp_Amount OUT_OF_WINDOW'],
    ['nothing', { amountMinor: 0n }, 'vnp_Amount OUT_OF_WINDOW'],
    ['another currency', { currency: 'USD' }, 'vnp_CurrCode UNEXPECTED'],
    ['a number of 16 digits', { refundReference: '2493852304130744' }, 'vnp_RequestId BAD_CHARACTERS'],
    ['a reference that is none', { providerReference: 'x1' }, 'vnp_TransactionNo BAD_CHARACTERS'],
  ])('is refused with %s', async (_name, change, fault) => {
    const { send, calls } = scripted(accepted());
    const request = refundOf(change);
    expect(faultIn(() => refundCall(asGateway(request.configuration), request))).toBe(fault);
    await expect(refundPayment(request, send)).rejects.toThrow(RangeError);
    expect(calls).toHaveLength(0);
  });
});

describe('refundPayment', () => {
  it.each([
    ['accepted', accepted(), 'SUCCEEDED', undefined, 'ACCEPTED', '14422999'],
    [
      'accepted, even with a final status',
      accepted({ vnp_TransactionStatus: '06' }),
      'SUCCEEDED',
      undefined,
      'ACCEPTED',
      '14422999',
    ],
    ['accepted without amount', accepted({ vnp_Amount: '' }), 'SUCCEEDED', undefined, 'ACCEPTED', '14422999'],
    [
      'accepted under the reference 0',
      accepted({ vnp_TransactionNo: '0' }),
      'SUCCEEDED',
      undefined,
      'ACCEPTED',
      undefined,
    ],
    ['accepted, unsigned', accepted({ vnp_SecureHash: '' }), 'UNKNOWN', 'UNSIGNED', 'UNKNOWN', undefined],
    [
      'accepted, badly signed',
      accepted({ vnp_SecureHash: hmac('x') }),
      'UNKNOWN',
      'BAD_CHECKSUM',
      'UNKNOWN',
      undefined,
    ],
    ['another amount', accepted({ vnp_Amount: '5000000' }), 'UNKNOWN', 'ANSWER_FOR_ANOTHER', 'UNKNOWN', undefined],
    ['another payment', accepted({ vnp_TxnRef: 'ATT1' }), 'UNKNOWN', 'ANSWER_FOR_ANOTHER', 'UNKNOWN', undefined],
    ['another terminal', accepted({ vnp_TmnCode: 'OTHER210' }), 'UNKNOWN', 'ANSWER_FOR_ANOTHER', 'UNKNOWN', undefined],
    ['a wrong terminal', accepted({ vnp_ResponseCode: '02' }), 'REFUSED', 'CODE_02', 'REFUSED', undefined],
    ['a wrong format', accepted({ vnp_ResponseCode: '03' }), 'REFUSED', 'CODE_03', 'REFUSED', undefined],
    ['not found', accepted({ vnp_ResponseCode: '91' }), 'REFUSED', 'CODE_91', 'REFUSED', undefined],
    ['not found, unsigned', { vnp_ResponseCode: '91' }, 'REFUSED', 'CODE_91', 'REFUSED', undefined],
    ['a refund in process', accepted({ vnp_ResponseCode: '94' }), 'UNKNOWN', 'CODE_94', 'UNKNOWN', undefined],
    ['not a success', accepted({ vnp_ResponseCode: '95' }), 'REFUSED', 'CODE_95', 'REFUSED', undefined],
    ['not a success, unsigned', { vnp_ResponseCode: '95' }, 'UNKNOWN', 'UNSIGNED', 'UNKNOWN', undefined],
    ['our checksum', { vnp_ResponseCode: '97' }, 'REFUSED', 'CODE_97', 'REFUSED', undefined],
    ['another error', accepted({ vnp_ResponseCode: '99' }), 'UNKNOWN', 'CODE_99', 'UNKNOWN', undefined],
    ['an unlisted code', accepted({ vnp_ResponseCode: '55' }), 'UNKNOWN', 'CODE_55', 'UNKNOWN', undefined],
    ['a broken answer', accepted({ vnp_Amount: '1' }), 'UNKNOWN', 'BROKEN_ANSWER', 'UNKNOWN', undefined],
    ['no answer', new SendTimeoutError('t'), 'UNKNOWN', 'TIMEOUT', 'UNKNOWN', undefined],
    ['nothing sent', new SendNotSentError('n'), 'REFUSED', 'NOT_SENT', 'REFUSED', undefined],
    ['a 404 proves nothing about money', 'HTTP 404', 'UNKNOWN', 'HTTP_404', 'UNKNOWN', undefined],
  ])('judges: %s', async (_name, answer, outcome, reason, refundOutcome, reference) => {
    const result = await refundPayment(refundOf(), scripted(answer).send);
    expect(result).toMatchObject({ outcome, refundOutcome, toBeConfirmed: false });
    expect(result.reason).toBe(reason);
    expect(result.providerReference).toBe(reference);
  });
});

describe('queryRefund', () => {
  const answer = (change: Record<string, unknown> = {}): object =>
    apiAnswer('querydr', {
      vnp_TransactionType: '02',
      vnp_TransactionStatus: '06',
      vnp_TransactionNo: '14422999',
      ...change,
    });

  it('asks by the reference of the refund, where there is one', async () => {
    const { send, calls } = scripted(answer());
    await queryRefund(refundQueryOf(), send);
    await queryRefund(refundQueryOf({ refundProviderReference: null }), send);
    expect(sentBody(calls)).toMatchObject({
      vnp_Command: 'querydr',
      vnp_TxnRef: UID,
      vnp_TransactionNo: '14422999',
      vnp_TransactionDate: '20261120120000',
      vnp_CreateDate: '20261120140000',
    });
    expect(sentBody(calls, 1)).not.toHaveProperty('vnp_TransactionNo');
  });

  it.each<[string, object | string | Error, Partial<RefundQueryRequest>, string, string | undefined]>([
    ['sent to the bank', answer(), {}, 'SUCCEEDED', 'SUCCEEDED'],
    ['a part sent to the bank', answer({ vnp_TransactionType: '03' }), {}, 'SUCCEEDED', 'SUCCEEDED'],
    ['rejected', answer({ vnp_TransactionStatus: '09' }), {}, 'SUCCEEDED', 'REFUSED'],
    ['being processed', answer({ vnp_TransactionStatus: '05' }), {}, 'SUCCEEDED', undefined],
    ['a success is no status of a refund', answer({ vnp_TransactionStatus: '00' }), {}, 'SUCCEEDED', undefined],
    ['another refund', answer({ vnp_TransactionNo: '1' }), {}, 'SUCCEEDED', undefined],
    ['the payment', answer({ vnp_TransactionType: '01' }), {}, 'UNKNOWN', undefined],
    ['another amount', answer({ vnp_Amount: '5000000' }), {}, 'UNKNOWN', undefined],
    ['no amount', answer({ vnp_Amount: '' }), {}, 'UNKNOWN', undefined],
    ['another payment', answer({ vnp_TxnRef: 'ATT1' }), {}, 'UNKNOWN', undefined],
    ['another terminal', answer({ vnp_TmnCode: 'OTHER210' }), {}, 'UNKNOWN', undefined],
    ['without reference, sent', answer(), { refundProviderReference: null }, 'SUCCEEDED', 'SUCCEEDED'],
    [
      'without reference, sent, and more before',
      answer(),
      { refundProviderReference: null, refundedBeforeMinor: 1n },
      'SUCCEEDED',
      undefined,
    ],
    [
      'without reference, rejected',
      answer({ vnp_TransactionStatus: '09' }),
      { refundProviderReference: null },
      'SUCCEEDED',
      undefined,
    ],
    ['with reference and more before', answer(), { refundedBeforeMinor: 1n }, 'SUCCEEDED', 'SUCCEEDED'],
    ['unsigned', answer({ vnp_SecureHash: '' }), {}, 'UNKNOWN', undefined],
    ['badly signed', answer({ vnp_SecureHash: hmac('x') }), {}, 'UNKNOWN', undefined],
    ['not found is no failure', { vnp_ResponseCode: '91' }, {}, 'SUCCEEDED', undefined],
    ['our checksum', { vnp_ResponseCode: '97' }, {}, 'REFUSED', undefined],
    ['a broken answer', answer({ vnp_Amount: '1' }), {}, 'UNKNOWN', undefined],
    ['no answer', new SendTimeoutError('t'), {}, 'UNKNOWN', undefined],
    ['a 500', 'HTTP 500', {}, 'UNKNOWN', undefined],
  ])('learns: %s', async (_name, given, change, outcome, refundOutcome) => {
    const result = await queryRefund(refundQueryOf(change), scripted(given).send);
    expect(result).toMatchObject({ outcome, tooSoon: false });
    expect(result.refundOutcome).toBe(refundOutcome);
    expect(result.providerReference).toBe(refundOutcome === undefined ? undefined : '14422999');
  });

  it('takes 94 for "ask later"', async () => {
    const result = await queryRefund(refundQueryOf(), scripted({ vnp_ResponseCode: '94' }).send);
    expect(result).toMatchObject({ tooSoon: true, outcome: 'UNKNOWN', reason: 'CODE_94' });
    expect(result.refundOutcome).toBeUndefined();
  });

  it('takes VND only', async () => {
    const { send, calls } = scripted(answer());
    await expect(queryRefund(refundQueryOf({ currency: 'USD' }), send)).rejects.toThrow('vnp_CurrCode: UNEXPECTED');
    expect(calls).toHaveLength(0);
  });
});
