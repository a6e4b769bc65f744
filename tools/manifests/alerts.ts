import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ROOT } from '../infra/paths.mjs';

/** Where the alerts of the repository are written for the operator of Prometheus. */
export const ALERTS_FILE = join('k8s', 'base', 'monitoring', 'prometheus-rules.yaml');

const FOLDER = join(ROOT, 'observability', 'rules');
const HEAD = '# Written by `npm run manifests -- --write` from observability/rules. Do not edit.\n';

/** The alert rules of observability/rules, a PrometheusRule for each file. Kustomize itself cannot put a file into a key. */
export function prometheusRules(): string {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));
  const objects = files.toSorted().map((name) => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: name.replace(/\.yml$/, '') },
    spec: parse(readFileSync(join(FOLDER, name), 'utf8')) as object,
  }));
  return HEAD + objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
}
