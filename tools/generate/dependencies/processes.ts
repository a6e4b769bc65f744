import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { APPS } from './modules';

/** A Deployment with what its pods may connect to, by the labels that the network policies select. */
export interface RunningPart {
  readonly name: string;
  readonly connectsTo: readonly string[];
}

const LABEL = 'connects-to-';

interface Deployment {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
  };
}

/** The Deployments of `k8s/base`, sorted by name. */
export function readProcesses(root: string): readonly RunningPart[] {
  const folders = APPS.map((app) => join(root, 'k8s', 'base', app));
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  return files
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Deployment | null))
    .filter((object) => object?.kind === 'Deployment')
    .map((object) => {
      const labels = Object.keys(object?.spec?.template?.metadata?.labels ?? {});
      const connectsTo = labels.filter((label) => label.startsWith(LABEL)).map((label) => label.slice(LABEL.length));
      return { name: object?.metadata.name ?? '', connectsTo: connectsTo.toSorted() };
    })
    .toSorted((left, right) => left.name.localeCompare(right.name));
}
