import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import emv from '../../test/vectors/emv.json';
import vectors from '../../test/vectors/vnpay.json';
import { buildQr, crc16, readQr } from './emv';

describe('EMV codes', () => {
  it('CRC has the published check value, and holds for all published codes', () => {
    expect(crc16(emv.crc.text)).toBe(emv.crc.crc);
    for (const code of emv.valid) expect(crc16(code.slice(0, -4))).toBe(code.slice(-4));
  });

  it('builds the published QR-MMS sample to the character', () => {
    const built = buildQr({
      masterMerCode: 'A000000775',
      merchantCode: '88888888',
      merchantType: '9999',
      amount: '100000',
      merchantName: 'VNPAY TEST',
      city: 'HANOI',
      billNumber: 'VNP_TEST888',
      storeLabel: 'PSS',
      terminalId: 'PSSTEST',
      purpose: '',
    });
    expect(built).toBe(vectors.qrMms.createResponse[0]?.data);
  });

  it('reads what it has built, and refuses a code with any other character', () => {
    const word = fc.stringMatching(/^[A-Z0-9_]{1,15}$/);
    fc.assert(
      fc.property(
        word,
        word,
        fc.integer({ min: 1, max: 9_999_999_999_999 }),
        fc.nat(),
        (bill, merchant, amount, place) => {
          const code = buildQr({
            masterMerCode: 'A000000775',
            merchantCode: merchant,
            merchantType: '5045',
            amount: String(amount),
            merchantName: 'SHOP',
            city: 'HANOI',
            billNumber: bill,
            storeLabel: '',
            terminalId: 'T1',
            purpose: '',
          });
          expect(readQr(code)).toEqual({
            merchantCode: merchant,
            billNumber: bill,
            terminalId: 'T1',
            amount: String(amount),
          });
          const at = place % code.length;
          const spoilt = `${code.slice(0, at)}${code[at] === '0' ? '1' : '0'}${code.slice(at + 1)}`;
          expect(() => readQr(spoilt)).toThrow();
        },
      ),
    );
  });

  it('refuses the sample whose lengths do not add up', () => {
    for (const code of emv.crcRightButLengthsWrong) expect(() => readQr(code)).toThrow();
  });
});
