import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { formEncode } from './form-encoding';
import { faultIn, hmac, SECRET } from './gateway.fixture';
import { canonicalForm, pipedText, secureHash, verifyReceived } from './secure-hash';
import { parseVnpParameters } from './vnp-parameters';

const signedBy = (query: string, secret = SECRET): boolean => verifyReceived(parseVnpParameters(query), [secret]) === 0;
const values = (query: string): object => Object.fromEntries(parseVnpParameters(query).message);

describe('the published vectors', () => {
  it.each(vectors.gateway.hmac)('HMAC of $text', ({ key, text, hash }) => {
    expect(secureHash(text, key)).toBe(hash);
  });

  it.each([...vectors.gateway.ipn, ...vectors.gateway.pay])('form $hash', ({ key, signed, hash }) => {
    expect(secureHash(signed, key)).toBe(hash);
    expect(parseVnpParameters(`${signed}&vnp_SecureHash=${hash}`).candidates).toEqual([signed]);
    expect(signedBy(`${signed}&vnp_SecureHash=${hash}`, key)).toBe(true);
    expect(signedBy(`${signed}&vnp_SecureHash=${hash.toUpperCase()}&vnp_SecureHashType=HMACSHA512`, key)).toBe(true);
    expect(signedBy(`${signed}&vnp_SecureHash=${hash}`, `${key}x`)).toBe(false);
  });

  it.each(vectors.gateway.querydr)('piped $hash', ({ key, signed, hash }) => {
    const names = signed.split('|').map((_value, at) => `n${at}`);
    const given = Object.fromEntries(signed.split('|').map((value, at) => [`n${at}`, value]));
    expect(pipedText(given, names)).toBe(signed);
    expect(secureHash(signed, key)).toBe(hash);
  });
});

describe('canonicalForm', () => {
  it('sorts by ASCII, leaves empty values out and encodes names and values', () => {
    expect(canonicalForm({ vnp_b: '2', vnp_a: 'x y', vnp_B: '1', vnp_c: '', vnp_ä: '!' })).toBe(
      'vnp_B=1&vnp_a=x+y&vnp_b=2&vnp_%C3%A4=%21',
    );
  });
});

describe('pipedText', () => {
  it('takes an absent value for an empty one and refuses a moved separator', () => {
    expect(pipedText({ a: '1', c: '3' }, ['a', 'b', 'c'])).toBe('1||3');
    expect(faultIn(() => pipedText({ a: '1|2' }, ['a']))).toBe('a SEPARATOR');
  });
});

describe('verifyReceived', () => {
  const received = { message: null, candidates: ['one', 'two'] as const, secureHash: hmac('two') };

  it('says which secret signed, whichever candidate it was', () => {
    expect(verifyReceived(received, ['a', SECRET, SECRET])).toBe(1);
    expect(verifyReceived(received, ['a', 'b'])).toBeNull();
    expect(verifyReceived(received, [])).toBeNull();
  });

  it.each(['', 'zz', hmac('two').slice(0, -2), `${hmac('two')}00`])('never takes %j for a hash', (secureHash) => {
    expect(verifyReceived({ ...received, secureHash }, [SECRET])).toBeNull();
  });
});

describe('parseVnpParameters', () => {
  it('reads values, and nothing outside vnp_', () => {
    expect(values('vnp_A=1&b=2&VNP_C=3&vnp%5FD=%C4%91+x&&vnp_E&%zz=1')).toEqual({
      vnp_A: '1',
      vnp_D: 'đ x',
      vnp_E: '',
    });
  });

  it('hashes nothing outside vnp_, and not the hash itself', () => {
    const hash = hmac('vnp_A=1&vnp_B=2');
    expect(signedBy(`utm=x&vnp_B=2&vnp_SecureHashType=SHA512&vnp_A=1&vnp_SecureHash=${hash}`)).toBe(true);
  });

  it.each([
    ['without empty values (C#, Java)', 'vnp_A=1'],
    ['with them (PHP)', 'vnp_A=1&vnp_B='],
  ])('takes a message signed %s', (_name, signed) => {
    expect(signedBy(`vnp_B=&vnp_A=1&vnp_SecureHash=${hmac(signed)}`)).toBe(true);
  });

  it.each([
    ['an asterisk left alone (URLSearchParams, Java)', 'vnp_A=a*b'],
    ['brackets left alone (.NET)', 'vnp_A=(a)!'],
    ['a space as %20 and a tilde (encodeURIComponent)', "vnp_A=a%20b~'"],
    ['lower-case hex', 'vnp_A=%3a'],
    ['nothing encoded at all', 'vnp_A=đ:/'],
    ['PHP, with an empty value', 'vnp_A=a*b&vnp_B='],
  ])('falls back to the text as received: %s', (_name, signed) => {
    expect(signedBy(`${signed}&vnp_SecureHash=${hmac(signed)}`)).toBe(true);
  });

  it('falls back to it without the empty values too (Java)', () => {
    expect(signedBy(`vnp_B=&vnp_A=a*b&vnp_SecureHash=${hmac('vnp_A=a*b')}`)).toBe(true);
    expect(parseVnpParameters('vnp_B=&vnp_A=a*b').candidates).toEqual(['vnp_A=a%2Ab', 'vnp_A=a*b', 'vnp_A=a*b&vnp_B=']);
  });

  it('takes a message that a proxy encoded anew', () => {
    expect(signedBy(`vnp_A=a%20b:/*&vnp_SecureHash=${hmac('vnp_A=a+b%3A%2F%2A')}`)).toBe(true);
  });

  it.each([
    ['vnp_A=1&vnp_A=2', 'vnp_A REPEATED'],
    ['vnp_A=1&vnp%5FA=1', 'vnp_A REPEATED'],
    ['vnp_SecureHash=1&vnp_SecureHash=2', 'vnp_SecureHash REPEATED'],
    ['vnp_A=%', 'vnp_A MALFORMED'],
    ['vnp_A=%FF', 'vnp_A MALFORMED'],
    ['vnp_A=\ud800', 'vnp_A MALFORMED'],
    ['vnp_A%20B=1', ' BAD_CHARACTERS'],
    ['vnp_=1', ' BAD_CHARACTERS'],
    [`vnp_${'a'.repeat(65)}=1`, ' BAD_CHARACTERS'],
    [`vnp_${'a'.repeat(64)}=1`, 'none'],
    [`a=${'x'.repeat(16_383)}`, ' TOO_MUCH'],
    [`a=${'x'.repeat(16_382)}`, 'none'],
    ['a&'.repeat(101), ' TOO_MUCH'],
    ['a&'.repeat(100), 'none'],
  ])('%#: %.40s is %s', (query, fault) => {
    expect(faultIn(() => parseVnpParameters(query))).toBe(fault);
  });

  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom("!'()*~+% đ😀", '', '&=#?', '00'));
  const map = fc.dictionary(fc.stringMatching(/^vnp_[A-Za-z0-9_]{1,20}$/), value, { maxKeys: 12 });
  const plain = map.filter((given) => !('vnp_SecureHash' in given) && !('vnp_SecureHashType' in given));

  it('gives back any values, in any order of the parameters', () => {
    const shuffled = plain.chain((given) => {
      const pairs = Object.entries(given);
      return fc.tuple(fc.constant(given), fc.shuffledSubarray(pairs, { minLength: pairs.length }));
    });
    fc.assert(
      fc.property(shuffled, ([given, pairs]) => {
        const query = pairs.map(([name, text]) => `${name}=${formEncode(text)}`).join('&');
        const received = parseVnpParameters(`${query}&vnp_SecureHash=${hmac(canonicalForm(given))}`);
        const { vnp_SecureHash: _hash, ...read } = Object.fromEntries(received.message);
        expect(read).toEqual({ ...given });
        expect(verifyReceived(received, [SECRET])).toBe(0);
      }),
    );
  });

  it('throws nothing but its own error', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('vnp_A', '=', '&', '%', 'F', '+', '\ud800', 'vnp_SecureHash', '_'))
        .map((parts) => parts.join('')),
    );
    fc.assert(fc.property(noise, (text) => faultIn(() => parseVnpParameters(text)) !== ''));
  });
});
