import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { buildEmv } from '../../emv/emv';
import { SendNetworkError, SendNotSentError, SendTimeoutError } from '@nx/contracts';
import type { CreateRequest } from '../../provider';
import { WireObject } from '../../wire-json';
import { checksum, checksumMatches } from './checksum';
import { createQr, createResponseFields } from './create';
import { configurationOf, md5, scripted, SECRETS, sentBody } from './qr-mms.fixture';

const qrOf = (amount: string, bill: string, merchant = '88888888'): string =>
  buildEmv([
    { id: '00', value: '01' },
    { id: '01', value: '12' },
    {
      id: '26',
      children: [
        { id: '00', value: 'A000000775' },
        { id: '01', value: merchant },
      ],
    },
    { id: '52', value: '9999' },
    { id: '53', value: '704' },
    { id: '54', value: amount },
    { id: '58', value: 'VN' },
    { id: '59', value: 'VNPAY TEST' },
    {
      id: '62',
      children: [
        { id: '01', value: bill },
        { id: '07', value: 'PSSTEST' },
      ],
    },
  ]);

const answerOf = (data: string, change: object = {}): object => ({
  code: '00',
  message: 'Success',
  data,
  url: null,
  checksum: md5(`00|Success|${data}|null|${SECRETS.createSecret}`).toUpperCase(),
  isDelete: true,
  idQrcode: '5',
  ...change,
});

const request = (change: Partial<CreateRequest> = {}): CreateRequest => ({
  configuration: configurationOf(),
  attemptUid: 'ATT0123456789AB',
  amountMinor: 100_000n,
  currency: 'VND',
  method: '100_QR_CODE',
  createdAtMs: Date.UTC(2025, 11, 31, 16, 40),
  expiresAtMs: Date.UTC(2025, 11, 31, 16, 58, 1),
  description: 'Đơn hàng|SO-1 của quán Phở',
  ...change,
});

const good = answerOf(qrOf('100000', 'ATT0123456789AB'));

describe('checksums of createQrcode', () => {
  it('equal the vector of the answer, whose null counts as a word', () => {
    const vector = vectors.qrMms.createResponse[0];
    const answer = WireObject.parse(JSON.stringify(vector));
    if (vector === undefined || answer === null) throw new Error('the vector is missing');
    expect(checksumMatches(createResponseFields(answer), vector.key, vector.checksum)).toBe(true);
    expect(checksumMatches(createResponseFields(answer), vector.key, vector.checksum.toLowerCase())).toBe(true);
    expect(checksumMatches(createResponseFields(answer), `${vector.key}x`, vector.checksum)).toBe(false);
  });

  it('hash a null as the word null and refuse the separator', () => {
    expect(checksum(['a', null, ''], 's')).toBe(md5('a|null||s').toUpperCase());
    expect(() => checksum(['a|b'], 's')).toThrow('signed field');
    expect(checksumMatches(['a|b'], 's', md5('a|b|s'))).toBe(false);
  });
});

describe('createQr', () => {
  it('sends a plain-text body and gives the QR', async () => {
    const { send, calls } = scripted(good);
    const result = await createQr(request(), send);
    expect(result).toMatchObject({ outcome: 'SUCCEEDED', providerCode: '00', codeTableVersion: 'vnpay-qr-mms-1' });
    expect(result.qrContent).toBe(qrOf('100000', 'ATT0123456789AB'));
    expect(calls[0]).toMatchObject({ method: 'POST', url: 'https://vnpay.example/create' });
    expect(calls[0]?.headers['content-type']).toMatch(/^text\/plain/);
    const signed =
      'MERCHANT|VNPAY TEST|03|VN|A000000775|9999|88888888|PSSTEST|03||ATT0123456789AB|100000||704|2512312359';
    expect(sentBody(calls)).toMatchObject({
      txnId: 'ATT0123456789AB',
      billNumber: 'ATT0123456789AB',
      amount: '100000',
      expDate: '2512312359',
      desc: 'Don hang SO-1 cua q',
      checksum: md5(`${signed}|${SECRETS.createSecret}`).toUpperCase(),
    });
  });

  it('keeps what went over the wire, and no secret in it', async () => {
    const { send } = scripted(good);
    const { raw } = await createQr(request(), send);
    expect(raw.response).toBe(JSON.stringify(good));
    for (const secret of Object.values(SECRETS)) expect(raw.request).not.toContain(secret);
  });

  it.each([
    ['a time-out', new SendTimeoutError('t'), 'UNKNOWN', 'TIMEOUT', false],
    ['a broken connection', new SendNetworkError('n'), 'UNKNOWN', 'NETWORK', false],
    ['any other error', new Error('?'), 'UNKNOWN', 'NETWORK', false],
    ['a refused connection', new SendNotSentError('n'), 'REFUSED', 'NOT_SENT', true],
    ['a 503', 'HTTP 503', 'UNKNOWN', 'HTTP_503', false],
    ['a 302', 'HTTP 302', 'UNKNOWN', 'HTTP_302', false],
    ['a 404', 'HTTP 404', 'REFUSED', 'HTTP_404', true],
    ['a 429', 'HTTP 429', 'UNKNOWN', 'HTTP_429', false],
    ['noise', 'noise', 'UNKNOWN', 'BROKEN_ANSWER', false],
    ['an answer without code', {}, 'UNKNOWN', 'BROKEN_ANSWER', false],
    [
      'a wrong checksum',
      answerOf(qrOf('100000', 'ATT0123456789AB'), { checksum: md5('x') }),
      'UNKNOWN',
      'BAD_CHECKSUM',
      false,
    ],
    ['a member that is no text', answerOf('', { data: {} }), 'UNKNOWN', 'BROKEN_ANSWER', false],
    ['a QR with another amount', answerOf(qrOf('1000', 'ATT0123456789AB')), 'UNKNOWN', 'QR_MISMATCH', false],
    ['a QR for another bill', answerOf(qrOf('100000', 'ATTX')), 'UNKNOWN', 'QR_MISMATCH', false],
    ['a QR for another merchant', answerOf(qrOf('100000', 'ATT0123456789AB', '8')), 'UNKNOWN', 'QR_MISMATCH', false],
    ['a refusal of the merchant', { code: '07', message: 'no' }, 'REFUSED', 'CODE_07', true],
    ['maintenance', { code: '96', message: 'no' }, 'REFUSED', 'CODE_96', true],
    ['an internal error', { code: '99', message: 'no' }, 'UNKNOWN', 'CODE_99', false],
    ['a code that nobody knows', { code: '77', message: 'no' }, 'UNKNOWN', 'CODE_77', false],
    ['a code named like a property', { code: 'constructor' }, 'UNKNOWN', 'CODE_constructor', false],
  ])('judges %s', async (_name, answer, outcome, reason, fallbackAllowed) => {
    const result = await createQr(request(), scripted(answer).send);
    expect(result).toMatchObject({ outcome, reason, fallbackAllowed });
    expect(result.qrContent).toBeUndefined();
  });

  it.each([
    ['a long reference', { attemptUid: 'A234567890123456' }],
    ['another currency', { currency: 'USD' }],
    ['nothing', { amountMinor: 0n }],
    ['too many digits', { amountMinor: 10n ** 13n }],
  ])('refuses %s before it sends', async (_name, change) => {
    const { send, calls } = scripted(good);
    await expect(createQr(request(change), send)).rejects.toThrow(RangeError);
    expect(calls).toHaveLength(0);
  });
});
