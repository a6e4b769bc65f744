import { createDecipheriv } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import vectors from '../../test/vectors/crypto.json';
import { openSandbox, type Harness } from '../testing/harness';
import { encryptText } from './encrypted-claims';

const open: Harness[] = [];
const start = (env: Record<string, string> = {}): Harness => {
  const harness = openSandbox(env);
  open.push(harness);
  return harness;
};
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.close();
});

async function keySet(harness: Harness): Promise<JSONWebKeySet> {
  return (await harness.call('GET', '/jw-certs')).body as unknown as JSONWebKeySet;
}

describe('identity', () => {
  it('issues tokens that verify against its key set, as ES256 and nothing else', async () => {
    const harness = start();
    const certs = await harness.call('GET', '/jw-certs');
    expect(certs.headers['cache-control']).toBe('public, max-age=3600');
    const { token, claims } = (await harness.call('POST', '/identity/tokens', { persona: 'owner' })).body as {
      token: string;
      claims: object;
    };
    const verified = await jwtVerify(token, createLocalJWKSet(await keySet(harness)), { algorithms: ['ES256'] });
    expect(verified.payload).toEqual(claims);
    expect(verified.protectedHeader).toEqual({ alg: 'ES256', kid: (await keySet(harness)).keys[0]?.kid });
    expect(claims).toMatchObject({ roles: [{ identifier: '500_owner', priority: 500 }] });
  });

  it('gives a persona the same ids for the same seed, and the outsider another merchant', async () => {
    const claims = async (seed: string, persona: string): Promise<Record<string, unknown>> =>
      (await start({ SANDBOX_SEED: seed }).call('POST', '/identity/tokens', { persona })).body['claims'] as Record<
        string,
        unknown
      >;
    const owner = await claims('a', 'owner');
    expect((await claims('a', 'owner'))['userId']).toBe(owner['userId']);
    expect((await claims('b', 'owner'))['userId']).not.toBe(owner['userId']);
    expect((await claims('a', 'cashier'))['merchantIds']).toBe(owner['merchantIds']);
    expect((await claims('a', 'outsider'))['merchantIds']).not.toBe(owner['merchantIds']);
    expect(String(owner['userId'])).toMatch(/^[0-9A-Za-z]{10}$/);
  });

  it('keeps the old key beside the new one until it is withdrawn', async () => {
    const harness = start();
    const { token } = (
      await harness.call('POST', '/identity/tokens', { claims: { userId: 'u', roles: ['110_cashier'] } })
    ).body as { token: string };
    await harness.call('POST', '/identity/rotate-keys');
    await jwtVerify(token, createLocalJWKSet(await keySet(harness)));
    const later = (await harness.call('POST', '/identity/tokens', { persona: 'cashier' })).body as { token: string };
    await jwtVerify(later.token, createLocalJWKSet(await keySet(harness)));
    await harness.call('POST', '/identity/rotate-keys', { withdrawOld: true });
    await expect(jwtVerify(token, createLocalJWKSet(await keySet(harness)))).rejects.toThrow();
  });

  it('makes expired tokens when asked', async () => {
    const harness = start();
    const { token } = (await harness.call('POST', '/identity/tokens', { persona: 'owner', expiresInSeconds: -60 }))
      .body as { token: string };
    await expect(jwtVerify(token, createLocalJWKSet(await keySet(harness)))).rejects.toThrow(/exp/);
  });

  it('encrypts to the published texts', () => {
    const { message, secret, ivHex, cbc, gcm } = vectors.legacyAes;
    expect(encryptText(message, secret, 'cbc', Buffer.from(ivHex, 'hex'))).toBe(cbc);
    expect(encryptText(message, secret, 'gcm', Buffer.from(ivHex, 'hex'))).toBe(gcm);
  });

  it('encrypts names and values of claims, other names in every token', async () => {
    const harness = start({ SANDBOX_CLAIMS_SECRET: 'claims secret' });
    const payload = async (): Promise<Record<string, unknown>> => {
      const { token } = (await harness.call('POST', '/identity/tokens', { persona: 'owner', encrypted: 'cbc' }))
        .body as { token: string };
      return (await jwtVerify(token, createLocalJWKSet(await keySet(harness)))).payload;
    };
    const decrypt = (text: string): string => {
      const bytes = Buffer.from(text, 'base64');
      const cipher = createDecipheriv(
        'aes-256-cbc',
        Buffer.from('claims secret'.padEnd(32, '0')),
        bytes.subarray(0, 16),
      );
      return cipher.update(bytes.subarray(16), undefined, 'utf8') + cipher.final('utf8');
    };
    const first = await payload();
    const plain = Object.fromEntries(
      Object.entries(first).map(([name, value]) =>
        typeof value === 'string' ? [decrypt(name), JSON.parse(decrypt(value)) as unknown] : [name, value],
      ),
    );
    expect(Object.keys(plain).sort()).toEqual(['exp', 'iat', 'merchantIds', 'nbf', 'organizerIds', 'roles', 'userId']);
    expect((plain['roles'] as string[])[0]).toMatch(/^[0-9A-Za-z]+\|500_owner\|500$/);
    const clear = new Set(['iat', 'nbf', 'exp']);
    const names = (claims: object): string[] => Object.keys(claims).filter((name) => !clear.has(name));
    expect(names(first)).not.toEqual(names(await payload()));
    expect((await start().call('POST', '/identity/tokens', { persona: 'owner', encrypted: true })).status).toBe(422);
  });
});
