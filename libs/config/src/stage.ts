import type { LoadContext } from './load-config';

/** Where a deployment stands on the way to real money; each has its own overlay of the manifests. */
export const STAGES = ['local', 'integration', 'sandbox', 'preprod', 'production', 'dr-drill'] as const;
export type Stage = (typeof STAGES)[number];

/** The drill opens a backup of production. */
const WITH_KEYS_OF_PRODUCTION: ReadonlySet<string> = new Set<Stage>(['production', 'dr-drill']);

/** Ids of production's data keys begin so: an id is readable everywhere, the key behind it is not. */
const PRODUCTION_KEY_ID = /^prod/i;

/** Whether data keys of production may be given to a process there; without a stage the environment decides. */
export function takesProductionKeys(environment: Readonly<Record<string, string | undefined>>): boolean {
  const stage = environment['APP_ENV_STAGE'];
  if (stage) return WITH_KEYS_OF_PRODUCTION.has(stage);
  return (environment['APP_ENV_ENVIRONMENT'] ?? environment['NODE_ENV'])?.toLowerCase() === 'production';
}

/** The ids of a ring `<id>:<secret>,<id>:<secret>` that are production's. */
export function productionKeyIds(ring: string): string[] {
  return ring
    .split(',')
    .map((entry) => /^\s*([A-Za-z0-9_-]{1,64}):/.exec(entry)?.[1])
    .filter((id): id is string => id !== undefined && PRODUCTION_KEY_ID.test(id));
}

/** Reports each key of production in a ring that was given to a lower stage, by its id. */
export function refuseProductionKeys(
  env: string,
  ring: string | undefined,
  context: LoadContext,
  problem: (env: string, problem: string) => void,
): void {
  if (ring === undefined || takesProductionKeys(context.environment)) return;
  const [id] = productionKeyIds(ring);
  if (id === undefined) return;
  const stage = context.environment['APP_ENV_STAGE'] ?? 'an environment that is not production';
  problem(env, `holds the key '${id}' of production; ${stage} has keys of its own: take it out of the ring`);
}
