import { SendNotSentError, SendTimeoutError } from '@nx/contracts';
import { describe, expect, it } from 'vitest';
import { decideAttempt } from '../../evidence/decide';
import { scripted, sentBody } from '../vnpay-qr-mms/qr-mms.fixture';
import { queryRequestId } from './api-call';
import { GatewayConfiguration } from './configuration';
import { apiAnswer, configurationOf, EXPIRES, hmac, NOON, queryOf, SECRET, UID } from './gateway.fixture';
import { queryPayment } from './query';

const UNSIGNED = { vnp_SecureHash: '' };

describe('the question', () => {
  it('names the payment by its creation and is signed', async () => {
    const { send, calls } = scripted(apiAnswer('querydr'));
    await queryPayment(queryOf(), send);
    const requestId = queryRequestId({
      attemptUid: UID,
      transactionNo: '',
      createdAtMs: NOON,
      askedAtMs: EXPIRES + 120_000,
    });
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.vnpay.example/transaction',
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(sentBody(calls)).toEqual({
      vnp_RequestId: requestId,
      vnp_Version: '2.1.0',
      vnp_Command: 'querydr',
      vnp_TmnCode: 'DEMOV210',
      vnp_TxnRef: UID,
      vnp_OrderInfo: `Truy van ${UID}`,
      vnp_TransactionDate: '20261120120000',
      vnp_CreateDate: '20261120121700',
      vnp_IpAddr: '127.0.0.1',
      vnp_SecureHash: hmac(
        `${requestId}|2.1.0|querydr|DEMOV210|${UID}|20261120120000|20261120121700|127.0.0.1|Truy van ${UID}`,
      ),
    });
  });

  it('has an id of 32 characters that no other question has', () => {
    const subject = { attemptUid: UID, transactionNo: '', createdAtMs: NOON, askedAtMs: NOON };
    const ids = [
      subject,
      { ...subject, askedAtMs: NOON + 1 },
      { ...subject, transactionNo: '1' },
      { ...subject, attemptUid: 'ATT1' },
    ].map(queryRequestId);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(queryRequestId(subject)).toBe(ids[0]);
  });
});

describe('queryPayment', () => {
  it('proves a payment', async () => {
    const result = await queryPayment(queryOf(), scripted(apiAnswer('querydr')).send);
    expect(result).toMatchObject({
      outcome: 'SUCCEEDED',
      providerCode: '00',
      detail: 'Successful.',
      tooSoon: false,
      codeTableVersion: 'vnpay-gateway-1',
      raw: { response: JSON.stringify(apiAnswer('querydr')) },
    });
    expect(result.evidence).toEqual({
      source: 'QUERY',
      verdict: 'PAID',
      signed: true,
      trustedChannel: true,
      receivedAtMs: EXPIRES + 120_000,
      askedAtMs: EXPIRES + 120_000,
      code: '00',
      providerReference: '14422574',
      amountMinor: 100_000n,
      paidAtMs: NOON + 60_000,
      bankCode: 'NCB',
    });
  });

  it.each([
    ['01', 'IN_DOUBT', undefined],
    ['02', 'DECLINED', '500_FAIL'],
    ['04', 'REVERSED', undefined],
    ['05', 'IN_DOUBT', undefined],
    ['06', 'IN_DOUBT', undefined],
    ['07', 'IN_DOUBT', undefined],
    ['08', 'DECLINED', '501_EXPIRED'],
    ['09', 'IN_DOUBT', undefined],
    ['11', 'DECLINED', '505_CANCELLED'],
    ['77', 'IN_DOUBT', undefined],
  ])('reads status %s as %s', async (status, verdict, finalStatus) => {
    const answer = apiAnswer('querydr', { vnp_TransactionStatus: status, vnp_TransactionNo: '', vnp_PayDate: '' });
    const { outcome, evidence } = await queryPayment(queryOf(), scripted(answer).send);
    expect(outcome).toBe('SUCCEEDED');
    expect(evidence).toMatchObject({ verdict, signed: true, code: status });
    expect(evidence.finalStatus).toBe(finalStatus);
  });

  it.each([
    ['not found, signed', apiAnswer('querydr', { vnp_ResponseCode: '91' }), 'SUCCEEDED', undefined, 'NOT_FOUND', true],
    ['not found, unsigned over TLS', { vnp_ResponseCode: '91' }, 'SUCCEEDED', undefined, 'NOT_FOUND', false],
    [
      'not found, badly signed',
      { vnp_ResponseCode: '91', vnp_SecureHash: hmac('x') },
      'UNKNOWN',
      'BAD_CHECKSUM',
      'NO_ANSWER',
      false,
    ],
    ['a wrong checksum of ours', { vnp_ResponseCode: '97' }, 'REFUSED', 'CODE_97', 'NO_ANSWER', false],
    ['a wrong terminal, unsigned', { vnp_ResponseCode: '02' }, 'UNKNOWN', 'UNSIGNED', 'NO_ANSWER', false],
    ['a wrong terminal', apiAnswer('querydr', { vnp_ResponseCode: '02' }), 'REFUSED', 'CODE_02', 'NO_ANSWER', false],
    ['a wrong format', apiAnswer('querydr', { vnp_ResponseCode: '03' }), 'REFUSED', 'CODE_03', 'NO_ANSWER', false],
    ['their fault', apiAnswer('querydr', { vnp_ResponseCode: '99' }), 'UNKNOWN', 'CODE_99', 'NO_ANSWER', false],
    ['an unlisted code', apiAnswer('querydr', { vnp_ResponseCode: '55' }), 'UNKNOWN', 'CODE_55', 'NO_ANSWER', false],
    ['an unsigned success', apiAnswer('querydr', UNSIGNED), 'UNKNOWN', 'UNSIGNED', 'PAID', false],
    [
      'a badly signed success',
      apiAnswer('querydr', { vnp_SecureHash: hmac('x') }),
      'UNKNOWN',
      'BAD_CHECKSUM',
      'PAID',
      false,
    ],
    [
      'an unsigned failure',
      apiAnswer('querydr', { ...UNSIGNED, vnp_TransactionStatus: '02' }),
      'UNKNOWN',
      'UNSIGNED',
      'NO_ANSWER',
      false,
    ],
    [
      'another terminal',
      apiAnswer('querydr', { vnp_TmnCode: 'OTHER210' }),
      'UNKNOWN',
      'ANSWER_FOR_ANOTHER',
      'NO_ANSWER',
      false,
    ],
    [
      'another reference',
      apiAnswer('querydr', { vnp_TxnRef: 'ATT1' }),
      'UNKNOWN',
      'ANSWER_FOR_ANOTHER',
      'NO_ANSWER',
      false,
    ],
    [
      'a full refund',
      apiAnswer('querydr', { vnp_TransactionType: '02' }),
      'UNKNOWN',
      'NOT_A_PAYMENT',
      'NO_ANSWER',
      false,
    ],
    [
      'a partial refund',
      apiAnswer('querydr', { vnp_TransactionType: '03' }),
      'UNKNOWN',
      'NOT_A_PAYMENT',
      'NO_ANSWER',
      false,
    ],
    ['no type', apiAnswer('querydr', { vnp_TransactionType: '' }), 'UNKNOWN', 'NOT_A_PAYMENT', 'NO_ANSWER', false],
    ['no reference', apiAnswer('querydr', { vnp_TransactionNo: '' }), 'UNKNOWN', 'BROKEN_ANSWER', 'NO_ANSWER', true],
    [
      'the reference 0',
      apiAnswer('querydr', { vnp_TransactionNo: '0' }),
      'UNKNOWN',
      'BROKEN_ANSWER',
      'NO_ANSWER',
      true,
    ],
    ['no amount', apiAnswer('querydr', { vnp_Amount: '' }), 'UNKNOWN', 'BROKEN_ANSWER', 'NO_ANSWER', true],
    ['an amount of nothing', apiAnswer('querydr', { vnp_Amount: '0' }), 'UNKNOWN', 'BROKEN_ANSWER', 'NO_ANSWER', true],
    [
      'a broken amount',
      apiAnswer('querydr', { vnp_Amount: '10000001' }),
      'UNKNOWN',
      'BROKEN_ANSWER',
      'NO_ANSWER',
      false,
    ],
    ['no code', {}, 'UNKNOWN', 'BROKEN_ANSWER', 'NO_ANSWER', false],
    ['no JSON', 'x', 'UNKNOWN', 'BROKEN_ANSWER', 'NO_ANSWER', false],
    ['a 404', 'HTTP 404', 'UNKNOWN', 'HTTP_404', 'NO_ANSWER', false],
    ['a 500', 'HTTP 500', 'UNKNOWN', 'HTTP_500', 'NO_ANSWER', false],
    ['no answer', new SendTimeoutError('t'), 'UNKNOWN', 'TIMEOUT', 'NO_ANSWER', false],
    ['nothing sent', new SendNotSentError('n'), 'REFUSED', 'NOT_SENT', 'NO_ANSWER', false],
  ])('says what it learnt: %s', async (_name, answer, outcome, reason, verdict, signed) => {
    const result = await queryPayment(queryOf(), scripted(answer).send);
    expect(result).toMatchObject({ outcome, tooSoon: false, evidence: { verdict, signed } });
    expect(result.reason).toBe(reason);
  });

  it.each([
    ['signed', apiAnswer('querydr', { vnp_ResponseCode: '94' })],
    ['unsigned', { vnp_ResponseCode: '94' }],
  ])('takes 94 for "ask later" (%s), never for "not paid"', async (_name, answer) => {
    const result = await queryPayment(queryOf(), scripted(answer).send);
    expect(result).toMatchObject({ tooSoon: true, outcome: 'UNKNOWN', reason: 'CODE_94', retry: true });
    expect(result.evidence.verdict).toBe('NO_ANSWER');
  });

  it('does not judge an unsigned "not found" over an open line', async () => {
    const { settings, settlementModel, amountWindow } = configurationOf();
    const endpoints = { ...settings.endpoints, api: 'http://api.vnpay.example/transaction' };
    const open = { ...settings, endpoints };
    const configuration = new GatewayConfiguration('PRODUCTION', open, settlementModel, amountWindow, SECRET);
    const result = await queryPayment(queryOf({ configuration }), scripted({ vnp_ResponseCode: '91' }).send);
    expect(result).toMatchObject({ outcome: 'UNKNOWN', reason: 'UNSIGNED', evidence: { trustedChannel: false } });
    expect(result.evidence.verdict).toBe('NO_ANSWER');
  });

  it('lets the rules of the engine see a payment, a doubt and a failure', async () => {
    const attempt = { status: '204_SENT', amountMinor: 100_000n, expiresAtMs: EXPIRES, providerReference: null };
    const state = {
      attempt: { ...attempt, payments: [], awaitedReversals: [], createLostAtMs: null },
      transaction: { status: '100_NEW', totalMinor: 100_000n, paidMinor: 0n, refundedMinor: 0n },
    };
    const statusAfter = async (status: string) => {
      const answer = apiAnswer('querydr', { vnp_TransactionStatus: status });
      const { evidence } = await queryPayment(queryOf({ askedAtMs: NOON + 90_000 }), scripted(answer).send);
      const zero = { refundReservedMinor: 0n, chargedBackMinor: 0n };
      const start = { ...state, transaction: { ...state.transaction, ...zero } } as Parameters<typeof decideAttempt>[0];
      return decideAttempt(start, evidence).attemptStatus;
    };
    expect(await statusAfter('00')).toBe('302_SUCCESS');
    expect(await statusAfter('01')).toBe('000_UNKNOWN');
    expect(await statusAfter('04')).toBe('000_UNKNOWN');
    expect(await statusAfter('02')).toBe('500_FAIL');
    expect(await statusAfter('08')).toBe('501_EXPIRED');
    expect(await statusAfter('11')).toBe('505_CANCELLED');
  });
});
