import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gcmOpen, gcmSeal } from './aead';
import { decodeStrict } from './base64';
import { anyFlip, flipped } from './flip.fixture';
import { hkdfSha256 } from './hkdf';
import { decodeUtf8 } from './utf8';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const range = (from: number, to: number): Buffer =>
  Buffer.from(Array.from({ length: to - from + 1 }, (_, index) => from + index));

describe('AES-256-GCM', () => {
  const KEY = 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308';
  const IV = 'cafebabefacedbaddecaf888';
  const PLAIN =
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255';
  const CIPHER =
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad';

  // The GCM specification as submitted to NIST, test cases 13 to 16.
  it.each([
    [13, '00'.repeat(32), '00'.repeat(12), '', undefined, '', '530f8afbc74536b9a963b4f1c4cb738b'],
    [
      14,
      '00'.repeat(32),
      '00'.repeat(12),
      '00'.repeat(16),
      undefined,
      'cea7403d4d606b6e074ec5d3baf39d18',
      'd0d1c8a799996bf0265b98b5d48ab919',
    ],
    [15, KEY, IV, PLAIN, undefined, CIPHER, 'b094dac5d93471bdec1a502270e3cc6c'],
    [
      16,
      KEY,
      IV,
      PLAIN.slice(0, 120),
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      CIPHER.slice(0, 120),
      '76fc6ece0f4e1768cddf8853bb2d551b',
    ],
  ])('meets test case %d', (_, key, iv, plain, aad, cipher, tag) => {
    const secret = createSecretKey(hex(key));
    const data = aad === undefined ? undefined : hex(aad);
    const sealed = gcmSeal(secret, hex(iv), hex(plain), data);
    expect(sealed.toString('hex')).toBe(cipher + tag);
    expect(gcmOpen(secret, hex(iv), sealed, data).toString('hex')).toBe(plain);
  });

  it('opens nothing in which any bits of iv, ciphertext, tag or additional data are turned', () => {
    const key = createSecretKey(hex(KEY));
    const bytes = fc.uint8Array({ minLength: 1 });
    fc.assert(
      fc.property(bytes, bytes, fc.uint8Array({ minLength: 12, maxLength: 12 }), anyFlip, (plain, aad, iv, flip) => {
        const sealed = gcmSeal(key, iv, plain, aad);
        expect(gcmOpen(key, iv, sealed, aad).equals(plain)).toBe(true);
        expect(() => gcmOpen(key, flipped(iv, flip), sealed, aad)).toThrow();
        expect(() => gcmOpen(key, iv, flipped(sealed, flip), aad)).toThrow();
        expect(() => gcmOpen(key, iv, sealed, flipped(aad, flip))).toThrow();
        expect(() => gcmOpen(key, iv, sealed)).toThrow();
        expect(() => gcmOpen(key, iv, sealed.subarray(1), aad)).toThrow();
      }),
    );
  });

  it('refuses a tag that is cut short', () => {
    const key = createSecretKey(hex(KEY));
    for (let size = 0; size < 16; size += 1) expect(() => gcmOpen(key, hex(IV), Buffer.alloc(size))).toThrow();
  });
});

describe('HKDF-SHA-256', () => {
  // RFC 5869, appendix A.1 to A.3.
  it.each([
    [
      'A.1',
      hex('0b'.repeat(22)),
      range(0x00, 0x0c),
      range(0xf0, 0xf9),
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      'A.2',
      range(0x00, 0x4f),
      range(0x60, 0xaf),
      range(0xb0, 0xff),
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ],
    [
      'A.3',
      hex('0b'.repeat(22)),
      Buffer.alloc(0),
      Buffer.alloc(0),
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    ],
  ])('meets RFC 5869, %s', (_, secret, salt, info, expected) => {
    expect(hkdfSha256(secret, salt, info, expected.length / 2).toString('hex')).toBe(expected);
  });
});

describe('texts', () => {
  it('base64 has one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('base64' as const, 'base64url' as const), (bytes, encoding) => {
        expect(decodeStrict(Buffer.from(bytes).toString(encoding), encoding)?.equals(bytes)).toBe(true);
      }),
    );
    expect(
      ['AA', 'AA=', 'AA ==', 'AB==', 'A-==', '=AA=', 'AAAA\n'].map((text) => decodeStrict(text, 'base64')),
    ).toEqual(Array(7).fill(undefined));
    expect(decodeStrict('AA==', 'base64')).toEqual(Buffer.alloc(1));
    expect(decodeStrict('AA==', 'base64url')).toBeUndefined();
  });

  it('bytes are UTF-8 or no text, and a byte order mark stays', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(Buffer.from(text))).toBe(text);
      }),
    );
    expect(decodeUtf8(Buffer.from('\uFEFFa'))).toBe('\uFEFFa');
    for (const bad of ['ff', 'c080', 'eda080', 'e1', 'f5808080']) expect(decodeUtf8(hex(bad))).toBeUndefined();
  });
});
