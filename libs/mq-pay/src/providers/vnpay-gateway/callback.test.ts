import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedCallbackError } from '../../callback';
import type { CallbackAnswerKind, RawCallback } from '../../callback';
import { callbackAnswerKind, evidenceOfCallback } from '../../evidence/callback-answer';
import type { CallbackAttempt } from '../../evidence/callback-answer';
import { GATEWAY_CALLBACKS, parseIpnAnswer } from './callback';
import { EXPIRES, faultIn, NOTIFICATION, NOON, SECRET, UID } from './gateway.fixture';
import { buildNotification } from './notification';
import type { GatewayNotification } from './notification';

const { parseCallback, verifyCallback, answerCallback } = GATEWAY_CALLBACKS;

const get = (query: string): RawCallback => ({ query, body: '', headers: {} });
const ipn = (change: Partial<GatewayNotification> = {}): RawCallback =>
  get(buildNotification({ ...NOTIFICATION, ...change }, SECRET));

describe('parseCallback', () => {
  it('reads the business content', () => {
    const raw = ipn();
    const signed = raw.query.replace(/&vnp_SecureHash=.*$/, '');
    expect(parseCallback(raw)).toEqual({
      eventKey: createHash('sha256').update(signed).digest('hex'),
      lookupKey: 'DEMOV210',
      attemptUid: UID,
      providerReference: '14422574',
      amountMinor: 100_000n,
      paidAtMs: NOON + 60_000,
      bankCode: 'NCB',
      success: true,
      code: '00',
      message: 'Paid.',
      untrustedTerminal: null,
    });
  });

  it.each([
    ['24', '02', { failure: 'DECLINED', finalStatus: '505_CANCELLED', code: '24' }],
    ['11', '02', { failure: 'DECLINED', finalStatus: '501_EXPIRED', code: '11' }],
    ['51', '02', { failure: 'DECLINED', finalStatus: '500_FAIL', code: '51' }],
    ['07', '07', { failure: 'IN_DOUBT', code: '07' }],
    ['00', '01', { failure: 'IN_DOUBT', code: '01' }],
    ['00', '02', { failure: 'DECLINED', finalStatus: '500_FAIL', code: '02' }],
    ['00', '04', { failure: 'REVERSED', code: '04' }],
  ])('takes %s/%s for no success', (responseCode, transactionStatus, expected) => {
    const parsed = parseCallback(ipn({ responseCode, transactionStatus, transactionNo: '0' }));
    expect(parsed).toMatchObject({ success: false, ...expected });
    expect('finalStatus' in parsed).toBe('finalStatus' in expected);
    const { failure, ...rest } = expected;
    expect(evidenceOfCallback(parsed, NOON)).toMatchObject({ source: 'IPN', signed: true, verdict: failure, ...rest });
  });

  it.each(['', '0', '000'])('does not book a success under the reference %j', (transactionNo) => {
    expect(parseCallback(ipn({ transactionNo }))).toMatchObject({ success: false, failure: 'IN_DOUBT' });
  });

  it('does not book a success of nothing', () => {
    const nothing = get(ipn().query.replace('vnp_Amount=10000000', 'vnp_Amount=0'));
    expect(parseCallback(nothing)).toMatchObject({ amountMinor: 0n, success: false, failure: 'IN_DOUBT' });
  });

  it('gives one key to a repetition in another order, encoding or with another hash, and another to other news', () => {
    const { eventKey } = parseCallback(ipn());
    const reversed = ipn().query.split('&').toReversed().join('&').replaceAll('%3A', '%3a').replaceAll('+', '%20');
    expect(parseCallback(get(`${reversed}&utm=1`)).eventKey).toBe(eventKey);
    expect(parseCallback(ipn({ responseCode: '24' })).eventKey).not.toBe(eventKey);
  });

  it('reads a form that was posted', () => {
    const { query } = ipn();
    const posted = { query: 'source=vnpay', body: query, headers: {} };
    expect(parseCallback(posted)).toEqual(parseCallback(ipn()));
    expect(verifyCallback(posted, [SECRET])).toBe(0);
  });

  it.each([
    ['nothing', get('')],
    ['noise', get('x')],
    ['JSON', { query: '', body: '{"vnp_Amount":"100"}', headers: {} }],
    ['a value in query and body', { query: ipn().query, body: 'vnp_Amount=100', headers: {} }],
    ['a value twice', get(`${ipn().query}&vnp_TxnRef=2`)],
    ['a broken value', get(`${ipn().query}&vnp_X=%`)],
    ['no amount', get(ipn().query.replace('vnp_Amount', 'Amount'))],
    ['an amount in hundredths', get(ipn().query.replace('vnp_Amount=10000000', 'vnp_Amount=10000001'))],
  ])('refuses %s', (_name, raw) => {
    expect(() => parseCallback(raw)).toThrow(MalformedCallbackError);
    expect(verifyCallback(raw, [SECRET])).toBeNull();
  });

  it('names the field at fault', () => {
    const faulty = get(ipn().query.replace('vnp_Amount=10000000', 'vnp_Amount=1'));
    expect(() => parseCallback(faulty)).toThrow(
      expect.objectContaining({ field: 'vnp_Amount', message: 'vnp_Amount: NOT_AN_AMOUNT' }),
    );
  });

  it('throws nothing but its own error', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constant(ipn().query));
    fc.assert(
      fc.property(text, text, (query, body) => {
        try {
          parseCallback({ query, body, headers: {} });
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedCallbackError);
        }
        verifyCallback({ query, body, headers: {} }, [SECRET]);
      }),
    );
  });
});

describe('verifyCallback', () => {
  it('says which secret signed', () => {
    expect(verifyCallback(ipn(), ['a', SECRET, SECRET])).toBe(1);
    expect(verifyCallback(ipn(), ['a'])).toBeNull();
    expect(verifyCallback(ipn(), [])).toBeNull();
  });

  it.each([
    ['no hash', (query: string) => query.replace(/&vnp_SecureHash=.*$/, '')],
    ['an empty hash', (query: string) => query.replace(/(vnp_SecureHash=).*$/, '$1')],
    ['half a hash', (query: string) => query.slice(0, -64)],
    ['another amount', (query: string) => query.replace('Amount=10000000', 'Amount=10000100')],
    ['a further parameter', (query: string) => `vnp_New=1&${query}`],
    ['one parameter less', (query: string) => query.replace('vnp_CardType=ATM&', '')],
  ])('notices %s', (_name, change) => {
    expect(verifyCallback(get(change(ipn().query)), [SECRET])).toBeNull();
  });
});

describe('the order of the acceptance test', () => {
  const open: CallbackAttempt = { status: '204_SENT', amountMinor: 100_000n, appliedMinor: 0n, expiresAtMs: EXPIRES };
  const paid: CallbackAttempt = { ...open, status: '302_SUCCESS', appliedMinor: 100_000n };
  const forged = get(ipn().query.replace('Amount=10000000', 'Amount=10000100'));
  const answerTo = (raw: RawCallback, attempt: CallbackAttempt | null): string => {
    const kind =
      verifyCallback(raw, [SECRET]) === null ? 'BAD_SIGNATURE' : callbackAnswerKind(attempt, parseCallback(raw));
    return parseIpnAnswer(answerCallback(kind, {}).body).code;
  };

  it.each([
    ['checksum before all', forged, null, '97'],
    ['checksum before the amount', forged, paid, '97'],
    ['order before the amount', ipn({ amountMinor: 5n }), null, '01'],
    ['amount before the end', ipn({ amountMinor: 99_999n }), paid, '04'],
    ['the end before applying', ipn(), paid, '02'],
    ['applied', ipn(), open, '00'],
    ['a payment that failed is recorded', ipn({ responseCode: '24', transactionStatus: '02' }), open, '00'],
    ['a late payment is recorded', ipn({ paidAtMs: EXPIRES + 61_000 }), open, '00'],
  ])('%s', (_name, raw, attempt, code) => {
    expect(answerTo(raw, attempt)).toBe(code);
  });
});

describe('answerCallback', () => {
  const answers: readonly (readonly [CallbackAnswerKind, string, string])[] = [
    ['APPLIED', '00', 'Confirm Success'],
    ['NOTED', '00', 'Confirm Success'],
    ['LATE', '00', 'Confirm Success'],
    ['DUPLICATE', '02', 'Order already confirmed'],
    ['WRONG_AMOUNT', '04', 'Invalid amount'],
    ['UNKNOWN_REFERENCE', '01', 'Order not found'],
    ['BAD_SIGNATURE', '97', 'Invalid signature'],
    ['MALFORMED', '97', 'Invalid signature'],
    ['UNAVAILABLE', '99', 'Unknown error'],
    ['ADDRESS_REFUSED', '99', 'Unknown error'],
  ];
  it.each(answers)('%s: %s %s', (kind, RspCode, Message) => {
    expect(answerCallback(kind, { attemptUid: UID, expectedAmountMinor: 1n })).toEqual({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify({ RspCode, Message }),
    });
  });
});

describe('parseIpnAnswer', () => {
  it('reads what answerCallback writes', () => {
    expect(parseIpnAnswer('{"RspCode":"00","Message":"Confirm Success"}')).toEqual({
      code: '00',
      message: 'Confirm Success',
    });
    expect(parseIpnAnswer('{"RspCode":"99"}')).toEqual({ code: '99', message: '' });
  });

  it.each([
    ['', ' MALFORMED'],
    ['[]', ' MALFORMED'],
    ['{}', 'RspCode MISSING'],
    ['{"RspCode":null}', 'RspCode MISSING'],
    ['{"RspCode":{}}', 'RspCode MALFORMED'],
    ['{"RspCode":"00","Message":[]}', 'Message MALFORMED'],
    ['{"RspCode":"03"}', 'RspCode UNEXPECTED'],
    ['{"RspCode":"0"}', 'RspCode UNEXPECTED'],
    ['{"RspCode":"toString"}', 'RspCode UNEXPECTED'],
  ])('refuses %s', (body, fault) => {
    expect(faultIn(() => parseIpnAnswer(body))).toBe(fault);
  });

  it('throws nothing but its own error', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (body) => faultIn(() => parseIpnAnswer(body)) !== ''));
  });
});
