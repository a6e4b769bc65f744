import { DATABASE_CONNECTIONS } from '../facts';
import type { Rule } from '../stage';

/** Left to people, monitoring and Patroni, and to the superuser whom PostgreSQL always keeps a place for. */
const KEPT_FREE = 60;
const POOL = 'APP_ENV_POSTGRES_POOL_MAX';

/** All pools at their most, one pod more for each Deployment that rolls, find a connection on the database's server. */
export const connections: Rule = (stage) => {
  const pools = stage.workloads().map(({ object, name, variables }) => {
    const pods = object.kind === 'Deployment' ? (stage.sizeOf(name)?.most ?? 1) + 1 : 1;
    return { object, pool: Number(variables[POOL]), most: pods * Number(variables[POOL]) };
  });
  const unset = pools.filter(({ pool }) => Number.isNaN(pool));
  if (unset.length > 0)
    return unset.map(({ object }) =>
      stage.complain('connections', object, POOL, 'is not set', 'give each Deployment and Job its share'),
    );
  const together = pools.reduce((sum, { most }) => sum + most, 0);
  const [largest] = pools.toSorted((left, right) => right.most - left.most);
  const room = DATABASE_CONNECTIONS - KEPT_FREE;
  if (largest === undefined || together <= room) return [];
  return [
    stage.complain(
      'connections',
      largest.object,
      POOL,
      `all pods together may hold ${together} connections, the server of k8s/data has ${room} for them`,
      'take smaller pools or fewer pods, or put PgBouncer between',
    ),
  ];
};
