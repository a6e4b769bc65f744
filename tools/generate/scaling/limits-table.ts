import { table } from '../markdown';
import { ASSUMED, LARGEST, perProcessor, type Costs } from './plan';
import type { ManifestLimits } from './manifest-limits';
import { figure } from './wording';

interface End {
  readonly at: number;
  readonly what: string;
  readonly remedy: string;
}

/** Ends of what the manifests and one server hold, the first one first. */
export function limitsTable(costs: Costs, limits: ManifestLimits): string {
  const deployments = [...limits.deployments].map(([name, limit]) => ({
    ...limit,
    name,
    each: perProcessor(costs.deployments.get(name) ?? Number.NaN),
  }));
  const ends: readonly End[] = [
    {
      at: limits.fromOneAddress,
      what: `callbacks of a provider that calls from one address: \`rate-limit\` counts by address, ${limits.fromOneAddress} per second`,
      remedy: 'a Middleware for the callbacks with a higher average; until then the provider hears 429 and calls again',
    },
    ...deployments.map(({ name, pods, each }) => ({
      at: pods * each,
      what: `the ${pods} pods of \`${name}\`, ${figure(each)} sales per second each`,
      remedy: 'raise the maximum of its scaler, and look at the connections',
    })),
    ...deployments.map(({ name, nodeIds, each }) => ({
      at: (nodeIds - 1) * each,
      what: `the ${nodeIds} node ids of \`${name}\`, one of them for a roll-out`,
      remedy: 'widen its pool in the registry of services',
    })),
    {
      at: 1000 / costs.redis,
      what: 'one Redis, which works with one thread',
      remedy: 'three addresses, and a cluster for the queues: see below',
    },
    {
      at: (LARGEST * 1000 * ASSUMED.busy) / costs.postgres,
      what: `one primary of ${LARGEST} processors`,
      remedy: 'cells: see below',
    },
  ];
  return table(
    ['At sales per second', 'What ends', 'Then'],
    ends.toSorted((left, right) => left.at - right.at).map(({ at, what, remedy }) => [figure(at), what, remedy]),
  );
}

/** Pools of all pods at their most, one pod more for each Deployment that rolls. */
export const connectionsAtMost = ({ deployments }: ManifestLimits): number =>
  [...deployments.values()].reduce((sum, { pods, pool }) => sum + (pods + 1) * pool, 0);
