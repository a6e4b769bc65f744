import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { MalformedCallbackError } from '../../callback';
import type { CallbackAnswerKind, RawCallback } from '../../callback';
import { QR_MMS_CALLBACKS } from './callback';
import { md5 } from './qr-mms.fixture';

const { parseCallback, verifyCallback, answerCallback } = QR_MMS_CALLBACKS;
const vector = vectors.qrMms.callback[0] ?? { key: '', signed: '', checksum: '' };
const NAMES = [
  'code',
  'msgType',
  'txnId',
  'qrTrace',
  'bankCode',
  'mobile',
  'accountNo',
  'amount',
  'payDate',
  'merchantCode',
];

const rawOf = (body: unknown): RawCallback => ({
  body: typeof body === 'string' ? body : JSON.stringify(body),
  query: '',
  headers: {},
});
const members: Record<string, unknown> = Object.fromEntries(
  vector.signed.split('|').map((value, at) => [NAMES[at] ?? 'key', value]),
);
const message = (change: Record<string, unknown> = {}): RawCallback =>
  rawOf({
    ...members,
    key: undefined,
    checksum: vector.checksum,
    terminalId: 'FORGED',
    addData: [{ qty: 1 }],
    secretKey: 'x',
    ...change,
  });

describe('verifyCallback', () => {
  it('equals the vector, in upper and lower case, whatever stands outside the signature', () => {
    expect(verifyCallback(message(), [vector.key])).toBe(0);
    expect(verifyCallback(message({ checksum: vector.checksum.toLowerCase(), terminalId: 'Z' }), [vector.key])).toBe(0);
  });

  it('says which secret signed', () => {
    expect(verifyCallback(message(), ['a', 'b', vector.key, 'c'])).toBe(2);
    expect(verifyCallback(message(), [vector.key, vector.key])).toBe(0);
    expect(verifyCallback(message(), ['a', 'b'])).toBeNull();
    expect(verifyCallback(message(), [])).toBeNull();
  });

  it.each(NAMES)('notices another %s', (name) => {
    expect(verifyCallback(message({ [name]: '1234567' }), [vector.key])).toBeNull();
  });

  it.each([
    ['no checksum', message({ checksum: undefined })],
    ['a checksum that is no text', message({ checksum: {} })],
    ['a moved separator', message({ code: '00|1', msgType: '' })],
    ['a member that is no text', message({ txnId: ['VNP_TEST888'] })],
    ['noise', rawOf('{')],
    ['a list', rawOf('[]')],
    ['a member twice', rawOf(message().body.replace('{', '{"amount":"1",'))],
  ])('refuses %s', (_name, raw) => {
    expect(verifyCallback(raw, [vector.key])).toBeNull();
  });

  it('reads numbers as they were written, and null as nothing or as the word', () => {
    const asNumber = rawOf(message().body.replace('"amount":"100000"', '"amount":100000'));
    expect(verifyCallback(asNumber, [vector.key])).toBe(0);
    expect(verifyCallback(message({ mobile: null, accountNo: undefined }), [vector.key])).toBe(0);
    const word = md5('00|1|VNP_TEST888|244395023|VNPAYEWALLET|null||100000|20240327135624|88888888|k');
    expect(verifyCallback(message({ mobile: null, checksum: word }), ['k'])).toBe(0);
  });
});

describe('parseCallback', () => {
  it('reads the business content', () => {
    expect(parseCallback(message())).toMatchObject({
      lookupKey: '88888888',
      attemptUid: 'VNP_TEST888',
      providerReference: '244395023',
      amountMinor: 100_000n,
      paidAtMs: Date.UTC(2024, 2, 27, 6, 56, 24),
      bankCode: 'VNPAYEWALLET',
      success: true,
      code: '00',
      untrustedTerminal: 'FORGED',
    });
  });

  it('gives one key to a repetition, and another to a later success of a failure', () => {
    const key = parseCallback(message()).eventKey;
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(parseCallback(message({ message: 'again', terminalId: 'Y' })).eventKey).toBe(key);
    expect(parseCallback(message({ code: '08' })).eventKey).not.toBe(key);
  });

  it.each([
    ['a failed payment', { code: '08' }],
    ['an order', { msgType: '2' }],
    ['nothing paid', { amount: '0' }],
  ])('takes %s for no success', (_name, change) => {
    expect(parseCallback(message(change)).success).toBe(false);
  });

  it('does without a time that cannot be read', () => {
    expect(parseCallback(message({ payDate: '20240230000000' })).paidAtMs).toBeNull();
  });

  it.each([
    ['noise', rawOf('x'), ''],
    ['a flood', rawOf(`{"a":"${'x'.repeat(70_000)}"}`), ''],
    ['no code', message({ code: '' }), 'code'],
    ['no reference', message({ txnId: '' }), 'txnId'],
    ['no trace', message({ qrTrace: undefined }), 'qrTrace'],
    ['no merchant', message({ merchantCode: undefined }), 'merchantCode'],
    ['no amount', message({ amount: undefined }), 'amount'],
    ['a fraction', message({ amount: '100000.5' }), 'amount'],
    ['a negative amount', message({ amount: '-1' }), 'amount'],
    ['zeros before an amount', message({ amount: '0100000' }), 'amount'],
    ['a reference that is too long', message({ txnId: 'A'.repeat(101) }), 'txnId'],
    ['a merchant that is too long', message({ merchantCode: '8'.repeat(101) }), 'merchantCode'],
    ['a separator in a field', message({ bankCode: 'A|B' }), 'bankCode'],
    ['an object in a field', message({ accountNo: {} }), 'accountNo'],
  ])('refuses %s and names the member', (_name, raw, field) => {
    try {
      parseCallback(raw);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedCallbackError);
      expect(error).toMatchObject({ field });
      expect(String(error)).toContain(field);
    }
  });
});

describe('answerCallback', () => {
  const context = { attemptUid: 'ATT1', expectedAmountMinor: 100_000n };
  const answers: readonly (readonly [CallbackAnswerKind, object])[] = [
    ['APPLIED', { code: '00', message: 'Success', data: { txnId: 'ATT1' } }],
    ['NOTED', { code: '00', message: 'Success', data: { txnId: 'ATT1' } }],
    ['LATE', { code: '00', message: 'Success', data: { txnId: 'ATT1' } }],
    ['DUPLICATE', { code: '03', message: 'Order already paid', data: { txnId: 'ATT1' } }],
    ['WRONG_AMOUNT', { code: '07', message: 'Wrong amount', data: { amount: '100000' } }],
    ['UNKNOWN_REFERENCE', { code: '06', message: 'Order not found' }],
    ['BAD_SIGNATURE', { code: '06', message: 'Wrong authentication' }],
    ['UNAVAILABLE', { code: '04', message: 'Internal error' }],
    ['MALFORMED', { code: '04', message: 'Malformed request' }],
    ['ADDRESS_REFUSED', { code: '10', message: 'IP not allowed' }],
  ];
  it.each(answers)('%s', (kind, body) => {
    const answer = answerCallback(kind, context);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual(body);
  });
});
