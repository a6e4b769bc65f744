import { describe, expect, it } from 'vitest';
import { SERVICES } from '@nx/contracts';
import { SERVICES as STARTED } from '../../tools/environment.mjs';

/** `8,800-849` as the numbers it stands for. */
function expand(pool: string): number[] {
  return pool.split(',').flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
  });
}

/** Node ids that two owners claim. */
function shared(pools: readonly (readonly [string, string])[]): string[] {
  const owners = new Map<number, string>();
  const clashes: string[] = [];
  for (const [owner, pool] of pools) {
    for (const id of expand(pool)) {
      const other = owners.get(id);
      if (other !== undefined && other !== owner) clashes.push(`${id}: ${other} and ${owner}`);
      owners.set(id, owner);
    }
  }
  return clashes;
}

const services = Object.values(SERVICES);

describe('node-id pools', () => {
  it('of the services are disjoint', () => {
    const pools = services.flatMap(({ name, nodeIds }) => Object.values(nodeIds).map((pool) => [name, pool] as const));
    expect(shared(pools)).toEqual([]);
    expect(shared([...pools, ['another', '840-860']])).toHaveLength(21);
  });

  it('of api and worker are disjoint, so that neither starves the other', () => {
    for (const { name, nodeIds } of services.filter((service) => service.name !== 'signal'))
      expect(
        shared([
          [`${name} api`, nodeIds.api],
          [`${name} worker`, nodeIds.worker],
        ]),
      ).toEqual([]);
  });

  it('stay within 10 bit, off 0 and off the ids of one-off tools', () => {
    for (const { nodeIds } of services)
      for (const id of Object.values(nodeIds).flatMap(expand)) {
        expect(id).toBeGreaterThan(0);
        expect(id).toBeLessThan(950);
      }
  });

  it('that the tools start with are those of the registry, and one-off tools have some of 950–999 each', () => {
    for (const service of services) {
      const { migrate = '', ...pools } = STARTED[service.name].nodeIds;
      for (const [mode, pool] of Object.entries(pools))
        expect([service.name, mode, pool]).toEqual([service.name, mode, service.nodeIds[mode as 'full']]);
      for (const id of expand(migrate)) expect(id >= 950 && id <= 999).toBe(true);
    }
    expect(shared(services.map(({ name }) => [name, STARTED[name].nodeIds.migrate ?? '']))).toEqual([]);
  });
});
