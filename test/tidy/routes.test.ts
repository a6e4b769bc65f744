import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RouteDescription } from '@nx/authz';
import { SERVICES, type ServiceName } from '@nx/contracts';
import { repositoryRoot } from '@nx/testing';
import { describeApp } from '../../tools/generate/describe-app';

/** Routes that a person has looked at: each is open to whoever can reach it, and says why. */
const REVIEWED = 'test/tidy/routes-without-policy.txt';

const lineOf = (service: string, { method, path, policy }: RouteDescription): string =>
  `${service} ${method} ${path} | ${policy ?? 'NO POLICY'}`;

/** Routes that ask for no permission and no user. */
const open = (routes: readonly RouteDescription[]): RouteDescription[] =>
  routes.filter(({ policy }) => policy === null || policy.startsWith('public: '));

function reviewed(): string[] {
  const text = readFileSync(join(repositoryRoot(), REVIEWED), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const names = Object.keys(SERVICES) as ServiceName[];
const routes = new Map<ServiceName, readonly RouteDescription[]>();

describe('routes', () => {
  beforeAll(async () => {
    for (const name of names) routes.set(name, (await describeApp(name)).routes);
  });

  it('without a policy are those of the reviewed list', () => {
    const found = names.flatMap((name) => open(routes.get(name) ?? []).map((route) => lineOf(name, route)));
    expect([...new Set(found)].toSorted()).toEqual(reviewed().toSorted());
  });

  it.each(names)('of %s are seen at all', (name) => {
    expect(routes.get(name)?.length).toBeGreaterThan(8);
    expect(routes.get(name)?.some(({ policy }) => policy !== null && !policy.startsWith('public: '))).toBe(true);
  });

  it('that forget their policy are found', () => {
    const forgotten = { method: 'GET', path: '/v1/api/payment/secrets', policy: null };
    const guarded = { method: 'GET', path: '/v1/api/payment/transactions', policy: 'Transaction.read (merchant)' };
    expect(open([forgotten, guarded])).toEqual([forgotten]);
    expect(reviewed()).not.toContain(lineOf('payment', forgotten));
  });

  it('with a permission name the scope in which it must be held', () => {
    const scoped = / \((merchant|self|operator|none)\)$/;
    const asking = names.flatMap((name) => (routes.get(name) ?? []).map(({ policy }) => policy ?? ''));
    const wrong = asking.filter(
      (policy) => !/^public: |(^|, )(self|internal|operator)$/.test(policy) && !scoped.test(policy),
    );
    expect(wrong.filter((policy) => policy !== '')).toEqual([]);
  });
});
