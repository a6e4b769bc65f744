import { STAGES } from '@nx/config';
import type { Complaint, ManifestObject } from './objects';
import { render } from './render';
import { connections } from './rules/connections';
import { defaultDeny, egress, ingress, outside, silence } from './rules/network';
import { nodeIds } from './rules/node-ids';
import { confinement, images, namespace, resources } from './rules/pods';
import { names, present } from './rules/presence';
import { ports, probes } from './rules/probes';
import { middlewares, routeTargets, routing } from './rules/routes';
import { measures, monitoring, scaling } from './rules/scaling';
import { schema } from './rules/schema';
import { servers } from './rules/servers';
import { budgets, migrations, ownPods, rollout, services, tiers } from './rules/selectors';
import { secrets, starts, variables } from './rules/settings';
import { spread } from './rules/spread';
import { keys, places, stored } from './rules/stages';
import { waves } from './rules/waves';
import { loadSchemas, type Schemas } from './schemas/schemas';
import { StageManifests, type Rule } from './stage';

/** Every rule that a stage's manifests keep, beside their form, by the name that its complaints bear. */
const RULES = {
  present,
  names,
  namespace,
  confinement,
  images,
  resources,
  probes,
  ports,
  variables,
  secrets,
  starts,
  'node ids': nodeIds,
  connections,
  services,
  'own pods': ownPods,
  budgets,
  servers,
  rollout,
  spread,
  tiers,
  migrations,
  waves,
  scaling,
  measures,
  monitoring,
  'default deny': defaultDeny,
  egress,
  ingress,
  outside,
  silence,
  'route targets': routeTargets,
  routing,
  middlewares,
  keys,
  'stored secrets': stored,
  places,
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof RULES;

export interface StageReport {
  readonly stage: string;
  readonly objects: number;
  readonly complaints: readonly Complaint[];
}

/**
 * What is wrong with the objects of a stage. A form that is wrong already makes further complaints meaningless.
 * @param only rules that are asked; without it all of them
 */
export function check(
  schemas: Schemas,
  stage: string,
  objects: readonly ManifestObject[],
  only?: readonly RuleName[],
): readonly Complaint[] {
  const manifests = new StageManifests(stage, objects);
  const formal = schema(schemas)(manifests);
  if (formal.length > 0) return formal;
  return (only?.map((name): Rule => RULES[name]) ?? Object.values(RULES)).flatMap((rule) => rule(manifests));
}

/**
 * Renders and checks every overlay.
 * @throws RenderError when one does not render
 */
export async function checkAll(): Promise<readonly StageReport[]> {
  const [schemas, ...rendered] = await Promise.all([
    loadSchemas(),
    ...STAGES.map((stage) => render(`k8s/overlays/${stage}`)),
  ]);
  return STAGES.map((stage, index) => {
    const objects = rendered[index] ?? [];
    return { stage, objects: objects.length, complaints: check(schemas, stage, objects) };
  });
}
