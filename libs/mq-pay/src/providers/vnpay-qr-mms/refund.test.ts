import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { SendTimeoutError } from '@nx/contracts';
import type { RefundRequest } from '../../provider';
import { WireObject } from '../../wire-json';
import { QrMmsConfiguration } from './configuration';
import { configurationOf, md5, scripted, SECRETS } from './qr-mms.fixture';
import { refundCall, refundPayment, refundResponseChecksum } from './refund';

const request = (change: Partial<RefundRequest> = {}): RefundRequest => ({
  configuration: configurationOf(),
  refundReference: '249385230413074',
  attemptUid: 'ATT0123456789AB',
  providerReference: '244395023',
  amountMinor: 100_000n,
  paidMinor: 100_000n,
  refundedBeforeMinor: 0n,
  currency: 'VND',
  createdAtMs: Date.UTC(2024, 2, 27, 6, 50),
  paidAtMs: Date.UTC(2024, 2, 27, 6, 56, 24),
  requestedAtMs: Date.UTC(2024, 2, 28),
  description: 'Trả lại hàng',
  ...change,
});

const answerOf = (code: string, change: object = {}): object => ({
  code,
  message: 'm',
  qrTraceRefund: '521',
  refundDate: '20170505093009',
  checkSum: md5(`${code}m52120170505093009`).toUpperCase(),
  ...change,
});

describe('the checksum of the answer', () => {
  it('equals the published vector', () => {
    const answered = vectors.qrMms.refundResponse[0];
    if (answered === undefined) throw new Error('a vector is missing');
    const answer = WireObject.parse(JSON.stringify(answered));
    expect(answer && refundResponseChecksum(answer).toUpperCase()).toBe(answered.checksum);
  });
});

describe('refundPayment', () => {
  it('sends the number as a number and signs with the secret first', () => {
    const body = refundCall(configurationOf(), request()).body ?? '';
    expect(body).toContain('"refundTxnId":249385230413074,');
    const signed = `${SECRETS.refundSecret}88888888244395023ATT0123456789AB249385230413074110000020240327135624`;
    expect(JSON.parse(body)).toMatchObject({
      typeRefund: '1',
      amount: '100000',
      payDate: '20240327135624',
      refundContent: 'Tra lai hang',
      checkSum: md5(signed),
    });
  });

  it('never leaves the content empty', () => {
    const body = JSON.parse(refundCall(configurationOf(), request({ description: '日本' })).body ?? '') as object;
    expect(body).toMatchObject({ refundContent: 'Refund ATT0123456789AB' });
  });

  it.each([
    ['a part', { amountMinor: 40_000n }, '2'],
    ['the rest after a part', { amountMinor: 60_000n, refundedBeforeMinor: 40_000n }, '2'],
    ['all', {}, '1'],
  ])('asks for %s by its type', (_name, change, typeRefund) => {
    const body = JSON.parse(refundCall(configurationOf(), request(change)).body ?? '') as object;
    expect(body).toMatchObject({ typeRefund });
  });

  it.each([
    ['accepted', answerOf('00'), 'SUCCEEDED', undefined, true],
    ['accepted without checksum', answerOf('00', { checkSum: '' }), 'UNKNOWN', 'BAD_CHECKSUM', false],
    ['accepted, broken', answerOf('00', { qrTraceRefund: '522' }), 'UNKNOWN', 'BAD_CHECKSUM', false],
    ['not found', answerOf('12'), 'REFUSED', 'CODE_12', false],
    ['a refusal without checksum', { code: '01', message: 'no' }, 'REFUSED', 'CODE_01', false],
    ['a refusal, broken', answerOf('12', { message: 'x' }), 'UNKNOWN', 'BAD_CHECKSUM', false],
    ['an internal error', answerOf('99'), 'UNKNOWN', 'CODE_99', false],
    ['a code that nobody knows', answerOf('55'), 'UNKNOWN', 'CODE_55', false],
    ['no answer', new SendTimeoutError('t'), 'UNKNOWN', 'TIMEOUT', false],
    ['a 404 proves nothing about money', 'HTTP 404', 'UNKNOWN', 'HTTP_404', false],
    ['a 500', 'HTTP 500', 'UNKNOWN', 'HTTP_500', false],
  ])('judges: %s', async (_name, answer, outcome, reason, toBeConfirmed) => {
    const result = await refundPayment(request(), scripted(answer).send);
    expect(result).toMatchObject({ outcome, toBeConfirmed, refundOutcome: outcome });
    expect(result.reason).toBe(reason);
    expect(result.providerReference).toBe(toBeConfirmed ? '521' : undefined);
  });

  it('believes nobody over an open line in production', async () => {
    const { settings, secrets } = configurationOf();
    const endpoints = { ...settings.endpoints, refund: 'http://vnpay.example/refund' };
    const configuration = new QrMmsConfiguration('PRODUCTION', { ...settings, endpoints }, 'DIRECT', secrets);
    const result = await refundPayment(request({ configuration }), scripted(answerOf('00')).send);
    expect(result).toMatchObject({ outcome: 'UNKNOWN', reason: 'UNTRUSTED_CHANNEL', toBeConfirmed: false });
  });

  it.each([
    ['more than is left', { amountMinor: 60_001n, refundedBeforeMinor: 40_000n }],
    ['nothing', { amountMinor: 0n }],
    ['a reference that is no number', { refundReference: 'ATT1' }],
    ['a number that a double cannot hold', { refundReference: '2493852304130744' }],
    ['another currency', { currency: 'USD' }],
  ])('refuses %s before it sends', async (_name, change) => {
    const { send, calls } = scripted(answerOf('00'));
    await expect(refundPayment(request(change), send)).rejects.toThrow(RangeError);
    expect(calls).toHaveLength(0);
  });
});
