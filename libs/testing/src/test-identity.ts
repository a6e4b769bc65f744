import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@nx/config';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

/** Longer than the longest test. */
const LIFETIME_SECONDS = 14_400;

export interface TestIdentity {
  /** Address of the key set. */
  url: string;
  /** A bearer token (ES256, four hours) with these claims; `userId`, `roles`, `merchantIds`, `organizerIds`, … */
  token(claims: JWTPayload, options?: { issuedAtMs?: number; lifetimeSeconds?: number }): Promise<string>;
  /** A new key signs from now on; the old one stays in the set unless `forget`. */
  rotate(options?: { forget?: boolean }): Promise<void>;
  /** While true the key set answers 503. */
  setAway(away: boolean): void;
  /** How often the key set was asked for. */
  requests(): number;
  stop(): Promise<void>;
}

interface SigningKey {
  kid: string;
  privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  jwk: object;
}

async function makeKey(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

async function sign(key: SigningKey, claims: JWTPayload, issuedAtMs: number, lifetimeSeconds: number): Promise<string> {
  const seconds = Math.floor(issuedAtMs / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: key.kid })
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + lifetimeSeconds)
    .sign(key.privateKey);
}

/** A tiny identity: a key set on loopback and tokens signed with its key. */
export async function testIdentity(): Promise<TestIdentity> {
  let count = 1;
  let keys = [await makeKey('test-1')];
  let away = false;
  let requests = 0;
  const server = createServer((request, response) => {
    if (request.url !== '/jw-certs') {
      response.writeHead(404).end();
      return;
    }
    requests++;
    if (away) {
      response.writeHead(503).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=3600' });
    response.end(JSON.stringify({ keys: keys.map((key) => key.jwk) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/jw-certs`,
    token: (claims, options = {}) => {
      const key = keys.at(-1);
      if (!key) throw new Error('the identity has no key');
      return sign(key, claims, options.issuedAtMs ?? systemClock.now(), options.lifetimeSeconds ?? LIFETIME_SECONDS);
    },
    rotate: async ({ forget = false } = {}) => {
      const next = await makeKey(`test-${++count}`);
      keys = forget ? [next] : [...keys, next];
    },
    setAway: (value) => {
      away = value;
    },
    requests: () => requests,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

let shared: Promise<TestIdentity> | undefined;

/** The identity that this test process shares; it ends with the process. */
export function sharedIdentity(): Promise<TestIdentity> {
  shared ??= testIdentity();
  return shared;
}

/** A token of the shared identity. */
export async function signTestToken(claims: JWTPayload): Promise<string> {
  return (await sharedIdentity()).token(claims);
}
