import { DEFAULT_GRANTS, Permission, PERMISSIONS, ROLES } from '@nx/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessControl } from './index';
import { app, dispose, edge, newUser, prepare, remove, role, settled } from './test-world.fixture';

beforeAll(prepare);
afterAll(dispose);

describe('the matrix of roles, permissions and domains', () => {
  const SAMPLE = [
    Permission.TransactionRead,
    Permission.TransactionCreate,
    Permission.ConfigurationUpdate,
    Permission.SocketRead,
    Permission.RoomRead,
  ];
  const grantedBy = (identifier: string, permission: Permission): boolean =>
    ([ROLES.admin, ROLES.superAdmin] as string[]).includes(identifier) ||
    (DEFAULT_GRANTS[identifier] ?? []).some((code) => code === permission || code === `${permission.split('.')[0]}.*`);
  const roles = Object.values(ROLES);
  const access = (): AccessControl => app.get(AccessControl);
  const claimsOf = (userId: string, over: object = {}): never =>
    ({
      userId,
      roles: [],
      merchantIds: ['m1', 'm2'],
      organizerIds: [],
      clientId: null,
      issuedAtSeconds: Math.floor(Date.now() / 1000),
      expiresAtSeconds: 0,
      ...over,
    }) as never;

  it.each(roles)('%s by an edge in m1: its grants in m1, nothing in m2', async (identifier) => {
    const userId = newUser();
    await edge({ subject: userId, targetType: 'Role', target: identifier, domain: 'm1' });
    await settled();
    const actor = await access().actorOf(claimsOf(userId), { 'x-merchant-id': 'm1' });
    for (const permission of SAMPLE) {
      expect([permission, await access().can(actor, permission)]).toEqual([
        permission,
        grantedBy(identifier, permission),
      ]);
      expect([permission, await access().can(actor, permission, 'm2')]).toEqual([permission, false]);
    }
  });

  it.each(['*', undefined])('a role in domain %s is held in every merchant of the user', async (domain) => {
    const userId = newUser();
    await edge({
      subject: userId,
      targetType: 'Role',
      target: ROLES.owner,
      ...(domain === undefined ? {} : { domain }),
    });
    await settled();
    const actor = await access().actorOf(claimsOf(userId), { 'x-merchant-id': 'm2' });
    expect(await access().can(actor, Permission.ConfigurationUpdate)).toBe(true);
    expect(await access().can(actor, Permission.ConfigurationUpdate, 'm3')).toBe(domain === '*');
  });

  it('an edge by role id finds the identifier in the token', async () => {
    const userId = newUser();
    await edge({ subject: userId, targetType: 'Role', target: 'id-500_owner', domain: 'm1' });
    await settled();
    const actor = await access().actorOf(claimsOf(userId, { roles: [role(ROLES.owner)] }), { 'x-merchant-id': 'm1' });
    expect(await access().can(actor, Permission.ConfigurationUpdate)).toBe(true);
  });

  it('a token whose user has an edge, even a deleted one, brings no role of its own', async () => {
    const userId = newUser();
    const held = await edge({ subject: userId, targetType: 'Role', target: ROLES.cashier, domain: 'm1' });
    await settled();
    const claims = claimsOf(userId, { roles: [role(ROLES.owner), role(ROLES.admin)] });
    const can = async (permission: Permission, merchantId: string): Promise<boolean> =>
      access().can(await access().actorOf(claims, { 'x-merchant-id': merchantId }), permission);
    expect(await can(Permission.TransactionCreate, 'm1')).toBe(true);
    expect(await can(Permission.ConfigurationUpdate, 'm1')).toBe(false);
    expect(await can(Permission.TransactionRead, 'm2')).toBe(false);
    await remove(held);
    await settled();
    expect(await can(Permission.TransactionCreate, 'm1')).toBe(false);
  });

  it('a denial beats every grant, for all of a resource too, and a direct grant adds', async () => {
    const userId = newUser();
    await edge({ subject: userId, targetType: 'Role', target: ROLES.owner, domain: '*' });
    await edge({
      variant: 'policy',
      subject: userId,
      targetType: 'Permission',
      target: 'Transaction.*',
      domain: 'm1',
      effect: 'deny',
    });
    await edge({
      variant: 'policy',
      subject: userId,
      targetType: 'Permission',
      target: Permission.SocketRead,
      domain: 'm2',
    });
    await settled();
    const actor = await access().actorOf(claimsOf(userId), {});
    expect(await access().can(actor, Permission.TransactionRead, 'm1')).toBe(false);
    expect(await access().can(actor, Permission.TransactionRead, 'm2')).toBe(true);
    expect(await access().can(actor, Permission.SocketRead, 'm2')).toBe(true);
    expect(await access().can(actor, Permission.SocketRead, 'm1')).toBe(false);
  });

  it('a denial that cannot be read denies everything, a grant that cannot be read nothing', async () => {
    const [denied, granted] = [newUser(), newUser()];
    await edge({ subject: denied, targetType: 'Role', target: ROLES.owner, domain: '*' });
    await edge({
      variant: 'policy',
      subject: denied,
      targetType: 'Permission',
      target: 'what.is.this',
      domain: '*',
      effect: 'deny',
    });
    await edge({ variant: 'policy', subject: granted, targetType: 'Permission', target: 'all.manage', domain: '*' });
    await settled();
    for (const userId of [denied, granted]) {
      const actor = await access().actorOf(claimsOf(userId), { 'x-merchant-id': 'm1' });
      for (const permission of PERMISSIONS) expect(await access().can(actor, permission)).toBe(false);
    }
  });
});
