import { sign, verify, createPublicKey } from 'node:crypto';
import { encryptClaims, type ClaimsCipher } from './encrypted-claims';
import type { Claims } from './personas';
import type { SigningKeys } from './signing-keys';

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export interface TokenOptions {
  readonly expiresInSeconds: number;
  readonly encryption: { readonly secret: string; readonly cipher: ClaimsCipher } | undefined;
}

/** Signs with ES256 (RFC 7518 §3.4: r ‖ s, not DER). `iat`, `nbf` and `exp` may be given among the claims. */
export function issueToken(
  keys: SigningKeys,
  claims: Claims,
  options: TokenOptions,
): { token: string; claims: Claims } {
  const now = Math.floor(Date.now() / 1000);
  const full: Claims = { iat: now, nbf: now, exp: now + options.expiresInSeconds, ...claims };
  const { encryption } = options;
  const payload = encryption === undefined ? full : encryptClaims(full, encryption.secret, encryption.cipher);
  const key = keys.current;
  const signed = `${part({ alg: 'ES256', kid: key.kid })}.${part(payload)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return { token: `${signed}.${signature.toString('base64url')}`, claims: full };
}

/** Says why a token of a caller is not good, or undefined. Encrypted claims are not looked at. */
export function tokenProblem(keys: SigningKeys, authorization: string | undefined): string | undefined {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return 'no bearer token';
  const [header, payload, signature] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined) return 'not a JWT';
  try {
    const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid?: string; alg?: string };
    const key = keys.find(kid ?? '');
    if (alg !== 'ES256' || key === undefined) return 'not signed by this identity';
    const publicKey = createPublicKey({ format: 'jwk', key: { ...key.publicJwk } });
    const good = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    if (!good) return 'bad signature';
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: number };
    return typeof exp === 'number' && exp * 1000 > Date.now() ? undefined : 'expired';
  } catch {
    return 'not a JWT';
  }
}
