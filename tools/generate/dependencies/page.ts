import { code, pageOf, table } from '../markdown';
import { APPS, readModules, type ModuleGraph } from './modules';
import { readProcesses, type RunningPart } from './processes';
import { isForbidden, MODULE_TIERS, PROCESS_TIERS, TIER_MEANINGS, type Tier } from './tiers';

/** Whom a connection reaches that is one of ours. */
const SIBLINGS: Readonly<Record<string, readonly string[]>> = { 'room-resolvers': ['payment-api', 'invoice'] };

/** Dependencies that must not be, and folders without a tier: one sentence each. */
export function faultsOf(modules: ModuleGraph, processes: readonly RunningPart[]): string[] {
  const untiered = [...modules.keys()].filter((name) => MODULE_TIERS[name] === undefined);
  const unknown = processes.filter(({ name }) => PROCESS_TIERS[name] === undefined);
  const edges = [
    ...[...modules].flatMap(([from, uses]) => [...uses].map((to) => [from, to, MODULE_TIERS] as const)),
    ...processes.flatMap(({ name, connectsTo }) =>
      connectsTo.flatMap((to) => (SIBLINGS[to] ?? [to]).map((sibling) => [name, sibling, PROCESS_TIERS] as const)),
    ),
  ];
  return [
    ...untiered.map((name) => `${name} has no tier: give it one in tools/generate/dependencies/tiers.ts`),
    ...unknown.map(({ name }) => `Deployment ${name} has no tier: give it one in tools/generate/dependencies/tiers.ts`),
    ...edges.flatMap(([from, to, tiers]) => {
      const [lower, upper] = [tiers[from], tiers[to]];
      return lower !== undefined && upper !== undefined && isForbidden(lower, upper)
        ? [`${from} (${lower}) depends on ${to} (${upper}): hand it an event instead`]
        : [];
    }),
  ];
}

/** What depends on what, by tier, from the imports of the apps and the labels of the manifests. */
export function dependenciesPage(root: string): string {
  const [modules, processes] = [readModules(root), readProcesses(root)];
  const faults = faultsOf(modules, processes);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const tiers = Object.entries(TIER_MEANINGS).map(([tier, meaning]) => [tier, meaning, inTier(tier as Tier)]);
  return pageOf(
    'What depends on what',
    'the imports of `apps/` and the manifests of `k8s/base`',
    'T0 and T1 never depend on T3 or T4: what moves money decides without what shows it. It is checked whenever this page is written, and by a test.',
    table(['Tier', 'What it is', 'Folders'], tiers),
    '## Processes',
    'An arrow is a connection that the network policies let through.',
    processPicture(processes),
    ...APPS.flatMap((app) => [`## Folders of ${app}`, modulePicture(app, modules), libraryTable(app, modules)]),
  );
}

const inTier = (tier: Tier): string =>
  Object.entries(MODULE_TIERS)
    .filter(([, of]) => of === tier)
    .map(([name]) => code(name))
    .join(', ') || 'none yet';

const idOf = (name: string): string => name.replaceAll(/\W/g, '_');

const mermaid = (...lines: readonly string[]): string => ['```mermaid', 'flowchart LR', ...lines, '```'].join('\n');

function processPicture(processes: readonly RunningPart[]): string {
  const reached = new Set(processes.flatMap(({ connectsTo }) => connectsTo.filter((to) => SIBLINGS[to] === undefined)));
  return mermaid(
    ...[...reached].toSorted().map((name) => `    ${idOf(name)}(["${name}"])`),
    ...processes.map(({ name }) => `    ${idOf(name)}["${name} · ${PROCESS_TIERS[name] ?? ''}"]`),
    ...processes.flatMap(({ name, connectsTo }) =>
      connectsTo.flatMap((to) => (SIBLINGS[to] ?? [to]).map((sibling) => `    ${idOf(name)} --> ${idOf(sibling)}`)),
    ),
  );
}

function modulePicture(app: string, modules: ModuleGraph): string {
  const own = [...modules].filter(([name]) => name.startsWith(`${app}/`));
  const nameOf = (module: string): string => module.slice(app.length + 1);
  return mermaid(
    ...own.map(([name]) => `    ${idOf(name)}["${nameOf(name)} · ${MODULE_TIERS[name] ?? ''}"]`),
    ...own.flatMap(([name, uses]) =>
      [...uses]
        .filter((used) => used.startsWith(`${app}/`))
        .toSorted()
        .map((used) => `    ${idOf(name)} --> ${idOf(used)}`),
    ),
  );
}

const libraryTable = (app: string, modules: ModuleGraph): string =>
  table(
    ['Folder', 'Libraries'],
    [...modules]
      .filter(([name]) => name.startsWith(`${app}/`))
      .map(([name, uses]) => [
        code(name),
        [...uses]
          .filter((used) => used.startsWith('@nx/'))
          .toSorted()
          .map(code)
          .join(', '),
      ]),
  );
