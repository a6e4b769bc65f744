import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClaimsError, KeyRingError, decryptClaims, encryptClaims, legacyEncrypt, legacyKey } from './index';

const clear = {
  iat: 1_795_000_000,
  nbf: 1_795_000_000,
  exp: 1_795_003_600,
  userId: 'IQBapalCzY',
  roles: [
    { id: 'r1', identifier: '110_cashier', priority: 110 },
    { id: 'r2', identifier: '500_owner', priority: 500 },
  ],
  organizerIds: 'o1',
  merchantIds: 'm1,m2',
};

describe.each(['gcm', 'cbc'] as const)('claims encrypted with %s', (mode) => {
  it('reads them with any of the secrets and leaves reserved claims alone', () => {
    const sealed = encryptClaims(clear, 'claims-secret', mode);
    expect(Object.keys(sealed)).toEqual(expect.arrayContaining(['iat', 'nbf', 'exp']));
    expect(Object.keys(sealed)).not.toContain('userId');
    expect(JSON.stringify(sealed)).not.toContain('cashier');
    expect(decryptClaims(sealed, ['claims-secret'])).toEqual(clear);
    expect(decryptClaims(sealed, ['wrong', 'claims-secret'])).toEqual(clear);
  });

  it('never opens with a wrong secret', () => {
    const secrets = Array.from({ length: 300 }, (_, index) => `wrong-${index}`);
    expect(() => decryptClaims(encryptClaims(clear, 'claims-secret', mode), secrets)).toThrow(ClaimsError);
    expect(() => decryptClaims(encryptClaims(clear, 'claims-secret', mode), [])).toThrow(ClaimsError);
  });

  it('carries any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const payload = { custom: JSON.parse(JSON.stringify(value)) as unknown };
        expect(decryptClaims(encryptClaims(payload, 's', mode), ['s'])).toEqual(payload);
      }),
    );
  });

  it('refuses sealed names of reserved claims and malformed roles', () => {
    const seal = (text: string): string => legacyEncrypt(mode, legacyKey('s'), text);
    expect(() => decryptClaims({ exp: 1, [seal('exp')]: seal('9999999999') }, ['s'])).toThrow(ClaimsError);
    expect(() => decryptClaims({ [seal('user id')]: seal('1') }, ['s'])).toThrow(ClaimsError);
    for (const roles of ['["r1|x"]', '["r1|x|high"]', '["a|b|1|2"]', '"r1|x|1"', '[{"id":"r1"}]']) {
      expect(() => decryptClaims({ [seal('roles')]: seal(roles) }, ['s'])).toThrow(ClaimsError);
    }
    expect(decryptClaims({ [seal('userId')]: seal('IQBapalCzY') }, ['s'])).toEqual({ userId: 'IQBapalCzY' });
  });
});

it('refuses a claim that stands twice, sealed or in clear', () => {
  const seal = (text: string): string => legacyEncrypt('gcm', legacyKey('s'), text);
  const error = new ClaimsError('The token carries a claim twice.');
  expect(() => decryptClaims({ userId: 'a', [seal('userId')]: seal('b') }, ['s'])).toThrow(error);
  expect(() => decryptClaims({ [seal('userId')]: seal('a'), [seal('userId')]: seal('b') }, ['s'])).toThrow(error);
});

it('refuses a secret that cannot be a key once it has to be tried', () => {
  expect(() => decryptClaims(encryptClaims(clear, 's'), ['mật khẩu'])).toThrow(KeyRingError);
  expect(decryptClaims(clear, ['mật khẩu'])).toEqual(clear);
});

it('takes any payload to claims or to its own refusal', () => {
  const name = fc.oneof(fc.string(), fc.base64String({ minLength: 44, maxLength: 88 }));
  fc.assert(
    fc.property(fc.dictionary(name, fc.oneof(fc.anything(), fc.base64String({ minLength: 44 }))), (payload) => {
      try {
        expect(Object.keys(decryptClaims(payload, ['a', 'b']))).toEqual(Object.keys(payload));
      } catch (error) {
        expect(error).toBeInstanceOf(ClaimsError);
      }
    }),
  );
});

it('returns a payload in clear as it is', () => {
  expect(decryptClaims(clear, ['secret'])).toEqual(clear);
  expect(decryptClaims(clear, [])).toEqual(clear);
});
