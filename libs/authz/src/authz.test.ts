import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { DEFAULT_GRANTS, Permission, ROLES } from '@nx/contracts';
import { encryptClaims } from '@nx/crypto';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessControl, routesOf, seedPermissions } from './index';
import {
  admin,
  app,
  dispose,
  edge,
  get,
  identity,
  newUser,
  prepare,
  remove,
  role,
  SECRETS,
  settled,
  THINGS,
} from './test-world.fixture';

beforeAll(prepare);
afterAll(dispose);
beforeEach(() => identity.setAway(false));

describe('tokens', () => {
  it('lets a good one in and names what is missing otherwise', async () => {
    const token = await identity.token({ userId: newUser(), roles: [role(ROLES.owner)], merchantIds: 'm1' });
    expect((await get(THINGS, token)).status).toBe(200);
    const without = await get(THINGS);
    expect([without.status, without.body['code']]).toEqual([401, 'auth.unauthenticated']);
    expect((await get(`${THINGS}/open`)).status).toBe(200);
  });

  it('refuses every other algorithm, a foreign key, a changed payload and the unsigned', async () => {
    const token = await identity.token({ userId: newUser(), roles: [], merchantIds: 'm1' });
    const [head = '', payload = '', signature = ''] = token.split('.');
    const kid = (JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string }).kid;
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const es = encode({ alg: 'ES256', kid });
    const sign = (text: string): string =>
      createSign('sha256')
        .update(text)
        .sign({ key: foreign.privateKey, dsaEncoding: 'ieee-p1363' })
        .toString('base64url');
    const hs = encode({ alg: 'HS256', kid });
    const forged = {
      none: `${encode({ alg: 'none', kid })}.${payload}.`,
      hmac: `${hs}.${payload}.${createHmac('sha256', 'x').update(`${hs}.${payload}`).digest('base64url')}`,
      foreignKey: `${es}.${payload}.${sign(`${es}.${payload}`)}`,
      payload: `${head}.${encode({ userId: 'root', exp: 9_999_999_999 })}.${signature}`,
      noKeyId: `${encode({ alg: 'ES256' })}.${payload}.${signature}`,
      unknownKeyId: `${encode({ alg: 'ES256', kid: 'nobody' })}.${payload}.${signature}`,
      garbage: 'a.b.c',
    };
    for (const [name, text] of Object.entries(forged))
      expect([name, (await get(THINGS, text)).status]).toEqual([name, 401]);
  });

  it('tolerates 30 s of clock difference and no more', async () => {
    const claims = { userId: newUser(), roles: [role(ROLES.owner)], merchantIds: 'm1' };
    const ended = (secondsAgo: number): Promise<string> =>
      identity.token(claims, { issuedAtMs: Date.now() - 100_000, lifetimeSeconds: 100 - secondsAgo });
    expect((await get(THINGS, await ended(20))).status).toBe(200);
    expect((await get(THINGS, await ended(40))).status).toBe(401);
    expect((await get(THINGS, await identity.token(claims, { issuedAtMs: Date.now() + 20_000 }))).status).toBe(200);
    expect((await get(THINGS, await identity.token(claims, { issuedAtMs: Date.now() + 50_000 }))).status).toBe(401);
  });

  it.each(['gcm', 'cbc'] as const)('reads encrypted claims (%s) with any known secret', async (mode) => {
    const clear = { userId: newUser(), roles: [role(ROLES.owner)], merchantIds: 'm1,m2' };
    for (const secret of SECRETS) {
      const result = await get(THINGS, await identity.token(encryptClaims(clear, secret, mode)), {
        'x-merchant-id': 'm2',
      });
      expect([result.status, result.body['userId'], result.body['merchantId']]).toEqual([200, clear.userId, 'm2']);
    }
    expect((await get(THINGS, await identity.token(encryptClaims(clear, 'another', mode)))).status).toBe(401);
  });
});

describe('the active merchant', () => {
  const owner = { roles: [role(ROLES.owner)] };

  it('is the only one, or the one in the header, or 400 naming the header', async () => {
    const one = await identity.token({ ...owner, userId: newUser(), merchantIds: 'm1' });
    expect((await get(THINGS, one)).body['merchantId']).toBe('m1');
    const two = await identity.token({ ...owner, userId: newUser(), merchantIds: ['m1', 'm2'] });
    const missing = await get(THINGS, two);
    expect([missing.status, missing.body['code']]).toEqual([400, 'auth.merchant_required']);
    expect(missing.body['detail']).toContain('x-merchant-id');
    expect((await get(THINGS, two, { 'x-merchant-id': 'm2' })).body['merchantId']).toBe('m2');
    expect((await get(THINGS, two, { 'x-merchant-id': 'm3' })).body['code']).toBe('auth.merchant_foreign');
    expect((await get(THINGS, two, { 'x-merchant-id': 'm1,m2' })).body['code']).toBe('auth.merchant_ambiguous');
    expect((await get(`${THINGS}/mine`, two)).status).toBe(200);
    expect((await get(`${THINGS}/anywhere`, two)).status).toBe(200);
  });

  it('of a service is any, with its granted permissions alone', async () => {
    const token = await identity.token({ userId: newUser(), roles: [role(ROLES.service)] });
    expect((await get(THINGS, token, { 'x-merchant-id': 'any' })).body).toMatchObject({
      merchantId: 'any',
      isService: true,
      isOperator: false,
    });
    expect((await get(`${THINGS}/refundable`, token, { 'x-merchant-id': 'any' })).status).toBe(403);
    expect((await get(`${THINGS}/operators-only`, token)).status).toBe(403);
    expect((await get(THINGS, token)).body['code']).toBe('auth.merchant_required');
  });

  it('organizer: the only one of the token, else the header', async () => {
    const token = await identity.token({ ...owner, userId: newUser(), merchantIds: 'm1', organizerIds: 'o1,o2' });
    expect((await get(THINGS, token)).body['organizerId']).toBeNull();
    expect((await get(THINGS, token, { 'x-organizer-id': 'o2' })).body['organizerId']).toBe('o2');
    expect((await get(THINGS, token, { 'x-organizer-id': 'o3' })).status).toBe(403);
    const single = await identity.token({ ...owner, userId: newUser(), merchantIds: 'm1', organizerIds: 'o1' });
    expect((await get(THINGS, single)).body['organizerId']).toBe('o1');
  });
});

describe('membership', () => {
  it('puts a removed member out within a second, without restart', async () => {
    const userId = newUser();
    const member = await edge({ subject: userId, targetType: 'Merchant', target: 'm9' });
    await edge({ subject: userId, targetType: 'Role', target: ROLES.owner });
    const token = await identity.token({ userId, roles: [], merchantIds: 'm9' });
    await settled();
    expect((await get(THINGS, token)).status).toBe(200);
    await remove(member);
    const removedAt = performance.now();
    await eventually(async () => (await get(THINGS, token)).status === 403, { timeoutMs: 5000, everyMs: 20 });
    expect(performance.now() - removedAt).toBeLessThan(1100);
    await edge({ subject: userId, targetType: 'Merchant', target: 'm9' });
    await eventually(async () => (await get(THINGS, token)).status === 200);
  });

  it('counts a removal before the token was issued as history', async () => {
    const userId = newUser();
    const member = await edge({ subject: userId, targetType: 'Merchant', target: 'm8' });
    await remove(member, `clock_timestamp() - interval '1 hour'`);
    await settled();
    const token = await identity.token({ userId, roles: [role(ROLES.owner)], merchantIds: 'm8' });
    expect((await get(THINGS, token)).status).toBe(200);
    const early = await identity.token(
      { userId, roles: [role(ROLES.owner)], merchantIds: 'm8' },
      { issuedAtMs: Date.now() - 7_200_000, lifetimeSeconds: 10_000 },
    );
    expect((await get(THINGS, early)).status).toBe(403);
  });

  it('lists members with a live edge', async () => {
    await edge({ subject: 'listed-b', targetType: 'Merchant', target: 'm7' });
    await edge({ subject: 'listed-a', targetType: 'Merchant', target: 'm7' });
    await remove(await edge({ subject: 'listed-c', targetType: 'Merchant', target: 'm7' }));
    expect(await app.get(AccessControl).membersOfMerchant('m7')).toEqual(['listed-a', 'listed-b']);
    expect(await app.get(AccessControl).membersOfOrganizer('m7')).toEqual([]);
  });
});

describe('operators and the machine itself', () => {
  it('demands an operator where the route says so', async () => {
    const operator = await identity.token({ userId: newUser(), roles: [role(ROLES.operator)] });
    const owner = await identity.token({ userId: newUser(), roles: [role(ROLES.owner)], merchantIds: 'm1' });
    for (const path of [`${THINGS}/operators`, `${THINGS}/operators-only`, '/v1/api/payment/health/deep']) {
      expect([path, (await get(path, owner)).status]).toEqual([path, 403]);
      expect([path, [200, 503].includes((await get(path, operator)).status)]).toEqual([path, true]);
    }
    expect((await get(`${THINGS}/forgotten`, operator)).status).toBe(403);
  });

  it('serves /internal from loopback, and otherwise to operators and granted services', async () => {
    const pod = await get('/internal/api/rooms');
    expect([pod.status, pod.body['isPod'], pod.body['isOperator']]).toEqual([200, true, false]);
    expect(String(pod.body['userId'])).toMatch(/^pod:/);
    for (const header of [
      { 'x-forwarded-for': '10.0.0.1' },
      { origin: 'http://localhost' },
      { forwarded: 'for=1.1.1.1' },
    ]) {
      expect((await get('/internal/api/rooms', undefined, header as never)).status).toBe(401);
    }
    const proxied = { 'x-forwarded-for': '10.0.0.1' };
    const tokenOf = (identifier: string): Promise<string> =>
      identity.token({ userId: newUser(), roles: [role(identifier)], merchantIds: 'm1' });
    expect((await get('/internal/api/rooms', await tokenOf(ROLES.service), proxied)).status).toBe(200);
    expect((await get('/internal/api/rooms', await tokenOf(ROLES.operator), proxied)).status).toBe(200);
    expect((await get('/internal/api/rooms', await tokenOf(ROLES.owner), proxied)).status).toBe(403);
    expect((await get('/internal/api/health', await tokenOf(ROLES.service), proxied)).status).toBe(403);
  });
});

describe('routes', () => {
  it('are listed with what they demand', () => {
    const routes = routesOf(app);
    expect(routes).toContainEqual({ method: 'GET', path: THINGS, policy: 'Transaction.read (merchant)' });
    expect(routes).toContainEqual({ method: 'GET', path: '/internal/api/rooms', policy: 'internal, Room.read (none)' });
    expect(routes.filter((route) => route.policy === null)).toEqual([
      { method: 'GET', path: `${THINGS}/forgotten`, policy: null },
    ]);
  });
});

describe('seeds', () => {
  it('are written once and leave alone what an administrator deleted', async () => {
    const count = async (): Promise<number> =>
      Number(
        (
          await admin.query(
            `SELECT count(*) FROM identity."PolicyDefinition" WHERE subject_id = $1 AND deleted_at IS NULL`,
            [ROLES.employee],
          )
        ).rows[0].count,
      );
    const before = await count();
    expect(before).toBe(DEFAULT_GRANTS[ROLES.employee]?.length);
    await admin.query(
      `UPDATE identity."PolicyDefinition" SET deleted_at = now() WHERE subject_id = $1 AND target_id = $2`,
      [ROLES.employee, Permission.InvoiceRead],
    );
    await seedPermissions({ execute: (sql, params) => admin.query(sql, [...(params ?? [])]) });
    expect(await count()).toBe(before - 1);
  });
});
