import { ManualClock, testIdentity, type TestIdentity } from '@nx/testing';
import { Logger } from '@nx/observability';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyStore } from './key-store';
import { IdentityStrategy, TokenVerifier } from './token-verifier';

const HOUR = 3_600_000;
const logger = Logger.create({ service: 'payment', mode: 'test', level: 'silent' });

let identity: TestIdentity;
let clock: ManualClock;
let keys: KeyStore;
let verifier: TokenVerifier;

beforeEach(async () => {
  identity = await testIdentity();
  clock = new ManualClock();
  keys = new KeyStore({ url: identity.url, maxStaleMs: 24 * HOUR }, clock, logger);
  verifier = new TokenVerifier(new IdentityStrategy(keys, { claimsSecrets: [] }), keys);
});

afterEach(async () => {
  keys.stop();
  await identity.stop();
});

const codeOf = async (token: string): Promise<string> =>
  verifier.verify(token).then(
    () => 'verified',
    (error: unknown) => (error as { code: string }).code,
  );

const token = (): Promise<string> => identity.token({ userId: 'u1', roles: [], merchantIds: 'm1' });

describe('the key set', () => {
  it('is asked for once, however many tokens come', async () => {
    const tokens = await Promise.all([token(), token(), token()]);
    expect(await Promise.all(tokens.map(codeOf))).toEqual(['verified', 'verified', 'verified']);
    expect(identity.requests()).toBe(1);
  });

  it('takes a new key beside the old one at once, and asks for unknown ids at most every 30 s', async () => {
    const old = await token();
    expect(await codeOf(old)).toBe('verified');
    clock.advance(31_000);
    await identity.rotate();
    expect([await codeOf(await token()), await codeOf(old)]).toEqual(['verified', 'verified']);
    expect(identity.requests()).toBe(2);
    await identity.rotate({ forget: true });
    const third = await token();
    expect([await codeOf(third), await codeOf(third)]).toEqual(['auth.unauthenticated', 'auth.unauthenticated']);
    expect(identity.requests()).toBe(2);
    clock.advance(30_000);
    expect(await codeOf(third)).toBe('verified');
    expect(await codeOf(old)).toBe('auth.unauthenticated');
  });

  it('is kept while identity is away, up to its age, and comes back by itself', async () => {
    const good = await token();
    expect(await codeOf(good)).toBe('verified');
    identity.setAway(true);
    clock.advance(23 * HOUR);
    expect(await codeOf(good)).toBe('verified');
    expect(keys.isUsable()).toBe(true);
    clock.advance(HOUR + 1);
    expect(keys.isUsable()).toBe(false);
    expect(await codeOf(good)).toBe('service.unavailable');
    identity.setAway(false);
    clock.advance(30_000);
    expect(await codeOf(good)).toBe('verified');
  });

  it('is asked for a new key also when the clock was set back by hours, and found stale when it was set ahead', async () => {
    expect(await codeOf(await token())).toBe('verified');
    clock.advance(-5 * HOUR);
    await identity.rotate({ forget: true });
    expect(await codeOf(await token())).toBe('verified');
    expect(identity.requests()).toBe(2);
    expect(keys.ageMs()).toBe(0);
    clock.advance(25 * HOUR);
    expect(keys.isUsable()).toBe(false);
    expect(await codeOf(await token())).toBe('verified');
  });

  it('refuses with 503 before the first was ever loaded', async () => {
    identity.setAway(true);
    expect(await codeOf(await token())).toBe('service.unavailable');
    expect(keys.ageMs()).toBeUndefined();
  });

  it('fetches by itself from the start', async () => {
    identity.setAway(true);
    keys.start();
    await expect.poll(() => identity.requests()).toBeGreaterThan(0);
    identity.setAway(false);
    clock.advance(1000);
    await expect.poll(() => keys.isUsable(), { timeout: 5000 }).toBe(true);
  });
});

it('checks issuer and audience when they are configured', async () => {
  const strict = new TokenVerifier(
    new IdentityStrategy(keys, { claimsSecrets: [], issuer: 'nx', audience: 'seller' }),
    keys,
  );
  const good = await identity.token({ userId: 'u1', iss: 'nx', aud: 'seller' });
  expect((await strict.verify(good)).userId).toBe('u1');
  for (const claims of [
    { iss: 'nx' },
    { aud: 'seller' },
    { iss: 'other', aud: 'seller' },
    { iss: 'nx', aud: 'other' },
  ]) {
    const bad = await identity.token({ userId: 'u1', ...claims });
    await expect(strict.verify(bad)).rejects.toMatchObject({ code: 'auth.unauthenticated' });
  }
});
