import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { labelsAt, textAt } from '../../manifests/objects';
import { APPS } from './modules';

/** A Deployment with what its pods may connect to, by the labels that the network policies select. */
export interface RunningPart {
  readonly name: string;
  readonly connectsTo: readonly string[];
}

const LABEL = 'connects-to-';

/** The Deployments of `k8s/base`, sorted by name. */
export function readProcesses(root: string): readonly RunningPart[] {
  const folders = APPS.map((app) => join(root, 'k8s', 'base', app));
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  return files
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as unknown))
    .filter((object) => textAt(object, 'kind') === 'Deployment')
    .map((object) => {
      const labels = Object.keys(labelsAt(object, 'spec.template.metadata.labels'));
      const connectsTo = labels.filter((label) => label.startsWith(LABEL)).map((label) => label.slice(LABEL.length));
      return { name: textAt(object, 'metadata.name') ?? '', connectsTo: connectsTo.toSorted() };
    })
    .toSorted((left, right) => left.name.localeCompare(right.name));
}
