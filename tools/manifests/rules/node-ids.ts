import { FACTS } from '../facts';
import type { Complaint } from '../objects';
import type { Rule } from '../stage';

/** `8,800-849` as the numbers it stands for. */
function expand(pool: string): readonly number[] {
  return pool.split(',').flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
  });
}

/** A pool of one-off work. */
const TOOLS = '950-999';

/** No two workloads share a node id; each pool is of the registry's and larger than the pods that ever run at once. */
export const nodeIds: Rule = (stage) => {
  const owners = new Map<number, string>();
  return stage.workloads().flatMap(({ object, name, service, variables }): Complaint[] => {
    const complain = (problem: string, remedy: string): Complaint =>
      stage.complain('node ids', object, 'APP_ENV_NODE_ID', problem, remedy);
    const ids = expand(variables['APP_ENV_NODE_ID'] ?? '');
    const mode = variables['RUN_MODE'] ?? 'full';
    const { nodeIds: pools } = FACTS[service].registration;
    const allowed = new Set(expand(mode === 'migrate' ? TOOLS : pools[mode as keyof typeof pools]));
    const complaints: Complaint[] = [];
    const foreign = ids.find((id) => !allowed.has(id));
    if (foreign !== undefined)
      complaints.push(
        complain(`holds ${foreign}, which the registry does not give to mode ${mode}`, 'take it from the registry'),
      );
    const taken = ids.find((id) => owners.has(id));
    if (taken !== undefined)
      complaints.push(complain(`holds ${taken}, which ${owners.get(taken) ?? ''} has too`, 'part the pool'));
    const size = object.kind === 'Deployment' ? (stage.sizeOf(name)?.most ?? 1) + 1 : 1;
    if (ids.length < size)
      complaints.push(complain(`has ${ids.length} ids for up to ${size} pods`, 'widen the pool, or scale less'));
    for (const id of ids) owners.set(id, name);
    return complaints;
  });
};
