import { describe, expect, it } from 'vitest';
import vectors from '../../test/vectors/vnpay.json';
import {
  callbackChecksum,
  checkAnswerChecksum,
  checkChecksum,
  createAnswerChecksum,
  createChecksum,
  refundAnswerChecksum,
  refundChecksum,
  sameChecksum,
} from './checksums';

/** The members behind a published signed string, in its order. */
function members(signed: string, names: readonly string[]): Record<string, string> {
  const values = signed.split('|');
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

const CREATE =
  'appId merchantName serviceCode countryCode masterMerCode merchantType merchantCode terminalId payType productId txnId amount tipAndFee ccy expDate'.split(
    ' ',
  );
const CALLBACK = 'code msgType txnId qrTrace bankCode mobile accountNo amount payDate merchantCode'.split(' ');

describe('QR-MMS checksums against the published values', () => {
  it('create', () => {
    const [first, second] = vectors.qrMms.create;
    const body = members(first?.signed ?? '', CREATE);
    expect(createChecksum(body, first?.key ?? '')).toBe(first?.checksum);
    expect(createChecksum({ ...body, expDate: '2512312359' }, second?.key ?? '')).toBe(second?.checksum);
  });

  it('create with a JSON null hashes the word null', () => {
    const body = members(vectors.qrMms.create[0]?.signed ?? '', CREATE);
    expect(createChecksum({ ...body, txnId: null }, 'k')).toBe(createChecksum({ ...body, txnId: 'null' }, 'k'));
    expect(createChecksum({ ...body, txnId: null }, 'k')).not.toBe(createChecksum({ ...body, txnId: '' }, 'k'));
  });

  it('answer to create', () => {
    for (const { key, code, message, data, url, checksum } of vectors.qrMms.createResponse) {
      expect(createAnswerChecksum(code, message, data, url, key)).toBe(checksum);
    }
  });

  it('check', () => {
    for (const { key, signed, checksum } of vectors.qrMms.check) {
      expect(checkChecksum(members(signed, ['payDate', 'txnId', 'merchantCode', 'terminalID']), key)).toBe(checksum);
    }
  });

  it('refund and its answer', () => {
    for (const { key, checksum, ...body } of vectors.qrMms.refund) expect(refundChecksum(body, key)).toBe(checksum);
    for (const { code, message, qrTraceRefund, refundDate, checksum } of vectors.qrMms.refundResponse) {
      expect(refundAnswerChecksum(code, message, qrTraceRefund, refundDate)).toBe(checksum);
    }
  });

  it('callback', () => {
    for (const { key, signed, checksum } of vectors.qrMms.callback) {
      expect(callbackChecksum(members(signed, CALLBACK), key)).toBe(checksum);
    }
  });

  it('answer to check puts the bank before the trace', () => {
    const body = { bankCode: 'A', qrTrace: 'B' };
    expect(checkAnswerChecksum(body, 'k')).not.toBe(checkAnswerChecksum({ bankCode: 'B', qrTrace: 'A' }, 'k'));
  });

  it('compares hex of either case, and refuses anything else', () => {
    expect(sameChecksum('AB12', 'ab12')).toBe(true);
    expect(sameChecksum('AB12', 'ab13')).toBe(false);
    expect(sameChecksum('AB12', 'ab1')).toBe(false);
    expect(sameChecksum('AB12', undefined)).toBe(false);
  });
});
