import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constantTimeEqual,
  constantTimeEqualHex,
  hmacSha256Hex,
  hmacSha512Hex,
  md5Hex,
  randomToken,
  sha256Hex,
  systemRandom,
} from './index';

const bytes = (value: number, count: number): Buffer => Buffer.alloc(count, value);
const LONG_DATA =
  'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.';

describe('hashes', () => {
  // RFC 4231, test cases 1 to 4, 6 and 7 (case 5 is about truncation, which is not offered).
  it.each([
    [
      1,
      bytes(0x0b, 20),
      Buffer.from('Hi There'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
    ],
    [
      2,
      Buffer.from('Jefe'),
      Buffer.from('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    ],
    [
      3,
      bytes(0xaa, 20),
      bytes(0xdd, 50),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
      'fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb',
    ],
    [
      4,
      Buffer.from(Array.from({ length: 25 }, (_, index) => index + 1)),
      bytes(0xcd, 50),
      '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
      'b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd',
    ],
    [
      6,
      bytes(0xaa, 131),
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
      '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
    ],
    [
      7,
      bytes(0xaa, 131),
      Buffer.from(LONG_DATA),
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
      'e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58',
    ],
  ])('meets RFC 4231, case %d', (_, key, data, sha256, sha512) => {
    expect(hmacSha256Hex(key, data)).toBe(sha256);
    expect(hmacSha512Hex(key, data)).toBe(sha512);
  });

  it('meets RFC 1321 and FIPS 180', () => {
    expect(md5Hex('abc')).toBe('900150983cd24fb0d6963f7d28e17f72');
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('makes tokens of the given strength', () => {
    expect(randomToken()).toMatch(/^[\w-]{43}$/);
    expect(randomToken()).not.toBe(randomToken());
    expect(randomToken(3, () => Buffer.from([255, 255, 255]))).toBe('____');
    expect(systemRandom(7)).toHaveLength(7);
  });
});

describe('comparing in constant time', () => {
  it('is like ===, for any lengths', () => {
    const texts = fc.string({ maxLength: 4 });
    fc.assert(
      fc.property(texts, texts, (left, right) => {
        expect(constantTimeEqual(left, right)).toBe(left === right);
        expect(constantTimeEqual(left, Buffer.from(right))).toBe(left === right);
        expect(constantTimeEqual(left, left)).toBe(true);
      }),
    );
    expect(constantTimeEqual('', '')).toBe(true);
  });

  it('reads hex in either case and nothing but whole bytes of hex', () => {
    const hex = fc.uint8Array({ minLength: 1, maxLength: 4 }).map((value) => Buffer.from(value).toString('hex'));
    fc.assert(
      fc.property(hex, hex, (left, right) => {
        expect(constantTimeEqualHex(left, right.toUpperCase())).toBe(left === right);
        expect(constantTimeEqualHex(left.toUpperCase(), left)).toBe(true);
      }),
    );
    expect(constantTimeEqualHex('aBcd', 'AbCD')).toBe(true);
    expect(constantTimeEqualHex('abcd', 'abce')).toBe(false);
    for (const same of ['', 'xy', 'abc', 'abcdx', 'xabcd', 'ab cd', 'ab\n']) {
      expect(constantTimeEqualHex(same, same)).toBe(false);
    }
  });
});
