import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { SendTimeoutError } from '@nx/contracts';
import type { QueryRequest } from '../../provider';
import { parseQrMmsConfiguration } from './configuration';
import { configurationOf, md5, scripted, SECRETS, sentBody, SETTINGS } from './qr-mms.fixture';
import { checkCall, daysOfPayment, queryPayment } from './query';

const NOON = Date.UTC(2026, 10, 20, 5);
const MINUTE = 60_000;

const request = (change: Partial<QueryRequest> = {}): QueryRequest => ({
  configuration: configurationOf(),
  attemptUid: 'ATT0123456789AB',
  amountMinor: 100_000n,
  currency: 'VND',
  createdAtMs: NOON,
  expiresAtMs: NOON + 15 * MINUTE,
  askedAtMs: NOON + 20 * MINUTE,
  ...change,
});

/** A paid answer, signed over the reference that `covers` names. */
function paidAnswer(change: Record<string, unknown> = {}, covers: 'txnId' | 'billNumber' = 'txnId'): object {
  const answer: Record<string, unknown> = {
    code: '00',
    message: 'Success',
    masterMerchantCode: 'A000000775',
    merchantCode: '88888888',
    terminalID: 'PSSTEST',
    billNumber: 'ATT0123456789AB',
    txnId: 'ATT0123456789AB',
    payDate: '20/11/2026 12:03:04',
    qrTrace: '244395023',
    bankCode: 'VCB',
    debitAmount: 100000,
    realAmount: '90000',
    ...change,
  };
  const names = [
    'masterMerchantCode',
    'merchantCode',
    'terminalID',
    covers,
    'payDate',
    'bankCode',
    'qrTrace',
    'debitAmount',
    'realAmount',
  ];
  const signed = [...names.map((name) => String(answer[name])), SECRETS.checkSecret].join('|');
  return { ...answer, checkSum: change['checkSum'] ?? md5(signed).toUpperCase() };
}

describe('the CheckTrans request', () => {
  it('equals the published vector', () => {
    const vector = vectors.qrMms.check[0];
    const party = { ...SETTINGS, endpoint: SETTINGS.endpoints.check, secret: SECRETS.checkSecret };
    const body = JSON.parse(checkCall(party, 'SCSREWITSP', '27/03/2024').body ?? '') as object;
    expect(body).toEqual({
      txnId: 'SCSREWITSP',
      merchantCode: '88888888',
      terminalID: 'PSSTEST',
      payDate: '27/03/2024',
      checkSum: vector?.checksum,
    });
  });
});

describe('daysOfPayment', () => {
  const midnight = Date.UTC(2026, 10, 20, 17);
  it.each([
    ['at noon', NOON, NOON + 15 * MINUTE, NOON + MINUTE, ['20/11/2026']],
    [
      'over midnight',
      midnight - 10 * MINUTE,
      midnight + 5 * MINUTE,
      midnight + 6 * MINUTE,
      ['20/11/2026', '21/11/2026'],
    ],
    [
      'just before midnight',
      midnight - 20 * MINUTE,
      midnight - MINUTE,
      midnight + 999 * MINUTE,
      ['20/11/2026', '21/11/2026'],
    ],
    [
      'just after midnight',
      midnight + MINUTE,
      midnight + 15 * MINUTE,
      midnight + 20 * MINUTE,
      ['20/11/2026', '21/11/2026'],
    ],
    ['days later, still the days of payment', NOON, NOON + 15 * MINUTE, NOON + 9_999 * MINUTE, ['20/11/2026']],
    ['a whole day', NOON, NOON + 1_440 * MINUTE, NOON + 1_500 * MINUTE, ['20/11/2026', '21/11/2026']],
  ])('%s', (_name, createdAtMs, expiresAtMs, askedAtMs, days) => {
    expect(daysOfPayment({ createdAtMs, expiresAtMs, askedAtMs })).toEqual(days);
  });
});

describe('queryPayment', () => {
  it('proves a payment by its debit amount', async () => {
    const result = await queryPayment(request(), scripted(paidAnswer()).send);
    expect(result).toMatchObject({ outcome: 'SUCCEEDED', providerCode: '00', tooSoon: false });
    expect(result.evidence).toEqual({
      source: 'QUERY',
      verdict: 'PAID',
      signed: true,
      trustedChannel: true,
      receivedAtMs: NOON + 20 * MINUTE,
      askedAtMs: NOON + 20 * MINUTE,
      code: '00',
      providerReference: '244395023',
      amountMinor: 100_000n,
      paidAtMs: Date.UTC(2026, 10, 20, 5, 3, 4),
      bankCode: 'VCB',
    });
  });

  it('accepts a checksum over either reference', async () => {
    const answer = paidAnswer({ txnId: '679363' }, 'billNumber');
    expect((await queryPayment(request(), scripted(answer).send)).evidence.signed).toBe(true);
    const over = paidAnswer({ txnId: '679363' }, 'txnId');
    expect((await queryPayment(request(), scripted(over).send)).evidence.signed).toBe(true);
  });

  it.each([
    ['not found', { code: '01' }, 'SUCCEEDED', 'NOT_FOUND'],
    ['failed', { code: '04' }, 'SUCCEEDED', 'DECLINED'],
    ['in doubt', { code: '08' }, 'UNKNOWN', 'PENDING'],
    ['our fault', { code: '11' }, 'REFUSED', 'NO_ANSWER'],
    ['their fault', { code: '99' }, 'UNKNOWN', 'NO_ANSWER'],
    ['no answer', new SendTimeoutError('t'), 'UNKNOWN', 'NO_ANSWER'],
    ['a 500', 'HTTP 500', 'UNKNOWN', 'NO_ANSWER'],
    ['a 404', 'HTTP 404', 'UNKNOWN', 'NO_ANSWER'],
    ['an unsigned success', paidAnswer({ checkSum: md5('x') }), 'UNKNOWN', 'PAID'],
    ['another merchant', paidAnswer({ merchantCode: '99999999' }), 'UNKNOWN', 'NO_ANSWER'],
    ['another terminal', paidAnswer({ terminalID: 'OTHER' }), 'UNKNOWN', 'NO_ANSWER'],
    ['another reference', paidAnswer({ txnId: 'X', billNumber: 'Y' }), 'UNKNOWN', 'NO_ANSWER'],
    ['no trace', paidAnswer({ qrTrace: '' }), 'UNKNOWN', 'NO_ANSWER'],
    ['no amount', paidAnswer({ debitAmount: '1e5' }), 'UNKNOWN', 'NO_ANSWER'],
  ])('says what it learnt: %s', async (_name, answer, outcome, verdict) => {
    const result = await queryPayment(request(), scripted(answer).send);
    expect(result).toMatchObject({ outcome, evidence: { verdict, signed: false } });
  });

  it('gives another amount on as it is', async () => {
    const result = await queryPayment(request(), scripted(paidAnswer({ debitAmount: '70000.00' })).send);
    expect(result.evidence).toMatchObject({ verdict: 'PAID', signed: true, amountMinor: 70_000n });
  });

  const overnight = {
    createdAtMs: Date.UTC(2026, 10, 20, 16, 50),
    expiresAtMs: Date.UTC(2026, 10, 20, 17, 5),
    askedAtMs: Date.UTC(2026, 10, 20, 17, 10),
  };
  it.each([
    ['paid on the second day', [{ code: '01' }, paidAnswer()], 'PAID', 2],
    ['paid on the first day: no second question', [paidAnswer(), { code: '01' }], 'PAID', 1],
    ['a negative needs both days', [{ code: '01' }, { code: '01' }], 'NOT_FOUND', 2],
    ['one day without answer is no negative', [{ code: '01' }, new SendTimeoutError('t')], 'NO_ANSWER', 2],
    ['one day in doubt is doubt', [{ code: '08' }, { code: '01' }], 'PENDING', 2],
  ])('over midnight: %s', async (_name, answers, verdict, asked) => {
    const { send, calls } = scripted(...answers);
    const result = await queryPayment(request(overnight), send);
    expect(result.evidence.verdict).toBe(verdict);
    expect(calls).toHaveLength(asked);
    expect(sentBody(calls)['payDate']).toBe('20/11/2026');
    if (asked === 2) expect(sentBody(calls, 1)['payDate']).toBe('21/11/2026');
    expect(result.raw.request.split('\n')).toHaveLength(asked);
  });

  it('trusts plain http in development alone', async () => {
    const local = { ...SETTINGS.endpoints, check: 'http://127.0.0.1:31900/check' };
    const configuration = parseQrMmsConfiguration({ ...SETTINGS, endpoints: local }, SECRETS, 'DEVELOPMENT');
    const result = await queryPayment(request({ configuration }), scripted({ code: '01' }).send);
    expect(result.evidence.trustedChannel).toBe(true);
  });
});
