import { create as drawQr } from 'qrcode';
import { decodeQR } from 'qr/decode.js';
import { Banks, QRPay } from 'vietnam-qr-pay';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../test/vectors/emv.json';
import { BANKS } from './banks';
import { parseEmv } from './emv';
import { EmvError } from './emv-error';
import { buildVietQr, readVietQr } from './vietqr-profile';
import type { VietQr } from './vietqr-profile';
import { buildVnpayQr } from './vnpay-profile';

const TRANSFER: VietQr = {
  bankBin: '970436',
  account: '1017595600',
  service: 'QRIBFTTA',
  initiation: 'DYNAMIC',
  amountMinor: 125_000n,
  purpose: 'ATT0123456789AB',
};

describe('npm vietnam-qr-pay 1.5.1', () => {
  it('writes the same codes', () => {
    const theirs = QRPay.initVietQR({
      bankBin: TRANSFER.bankBin,
      bankNumber: TRANSFER.account,
      amount: '125000',
      purpose: 'ATT0123456789AB',
    });
    expect(theirs.build()).toBe(buildVietQr(TRANSFER));
    const shop = QRPay.initVNPayQR({
      merchantId: '0102154778',
      merchantName: 'TUGIACOMPANY',
      store: 'TU GIA COMPUTER',
      terminal: 'TUGIACO1',
      billNumber: 'ATT0123456789AB',
      amount: '5000',
    });
    shop.initMethod = '12';
    const ours = buildVnpayQr({
      merchantCode: '0102154778',
      merchantName: 'TUGIACOMPANY',
      storeLabel: 'TU GIA COMPUTER',
      terminalLabel: 'TUGIACO1',
      billNumber: 'ATT0123456789AB',
      amountMinor: 5_000n,
      initiation: 'DYNAMIC',
    });
    expect(shop.build()).toBe(ours);
  });

  it.each(vectors.valid)('reads %s alike', (text) => {
    const theirs = new QRPay(text);
    expect(theirs.isValid).toBe(true);
    const nodes = parseEmv(text);
    const at = (...path: string[]): string | undefined =>
      path.reduce<{ value?: string; level: ReturnType<typeof parseEmv> }>(
        ({ level }, id) => {
          const node = level.find((candidate) => candidate.id === id);
          return node === undefined ? { level: [] } : { value: node.value, level: node.children ?? [] };
        },
        { level: nodes },
      ).value;
    expect(theirs.amount).toBe(at('54'));
    expect(theirs.merchant.name).toBe(at('59'));
    expect(theirs.additionalData.purpose).toBe(at('62', '08'));
    expect(theirs.consumer.bankBin).toBe(at('38', '01', '00'));
    expect(theirs.consumer.bankNumber).toBe(at('38', '01', '01'));
    expect(theirs.merchant.id).toBe(at('26', '01'));
  });

  it('is wrong about lengths: what does not add up within a template is valid to it', () => {
    // The account of 13 characters is declared as 12, and the library pays to the first twelve.
    const text = vectors.crcRightButLengthsWrong[0] ?? '';
    const theirs = new QRPay(text);
    expect(theirs.isValid).toBe(true);
    expect(theirs.consumer.bankNumber).toBe('001101234567');
    expect(() => parseEmv(text)).toThrow(EmvError);
  });

  it('is wrong about the CRC’s case, which the format fixes', () => {
    const lower = (vectors.valid[0] ?? '').replace(/AE9F$/, 'ae9f');
    expect(new QRPay(lower).isValid).toBe(true);
    expect(() => parseEmv(lower)).toThrow(EmvError);
  });

  it('is wrong about letters beyond 16 bits, which it counts twice, and about values of 100 and more', () => {
    const write = (purpose: string): string =>
      QRPay.initVietQR({ bankBin: '970436', bankNumber: '1', purpose }).build();
    expect(write('🍜')).toContain('62060802🍜');
    expect(buildVietQr({ ...TRANSFER, purpose: '🍜' })).toContain('62050801🍜');
    expect(() => parseEmv(write('x'.repeat(100)))).toThrow(EmvError);
  });

  it('knows our banks by the same BINs', () => {
    for (const { bin } of BANKS) expect(Banks.map((bank) => bank.bin)).toContain(bin);
  });
});

describe('a picture of the code', () => {
  /** Black modules on white with the quiet zone that the standard wants, as a camera would see them. */
  const picture = (text: string): { width: number; height: number; data: Uint8ClampedArray } => {
    const { modules } = drawQr(text, { errorCorrectionLevel: 'M' });
    const scale = 4;
    const side = (modules.size + 8) * scale;
    const data = new Uint8ClampedArray(side * side * 4).fill(255);
    for (let y = 0; y < side; y += 1) {
      for (let x = 0; x < side; x += 1) {
        const [column, row] = [Math.floor(x / scale) - 4, Math.floor(y / scale) - 4];
        const inside = column >= 0 && row >= 0 && column < modules.size && row < modules.size;
        if (inside && modules.get(row, column)) data.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
      }
    }
    return { width: side, height: side, data };
  };
  const patient = { effort: Infinity, timeLimit: Infinity };

  it.each([
    ['a transfer', TRANSFER],
    ['Vietnamese letters', { ...TRANSFER, merchantName: 'Quán Phở Đặng', city: 'Hà Nội' }],
    [
      'every field',
      {
        ...TRANSFER,
        merchantName: 'CUA HANG',
        city: 'HANOI',
        categoryCode: '5812',
        billNumber: 'B'.repeat(25),
        storeLabel: 'S'.repeat(25),
      },
    ],
  ])('is read by a camera: %s', (_what, qr) => {
    const seen = decodeQR(picture(buildVietQr(qr)), patient);
    expect(readVietQr(seen)).toEqual(qr);
  });
});
