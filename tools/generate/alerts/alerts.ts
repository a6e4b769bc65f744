import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toYaml } from '../yaml';
import { parse } from 'yaml';

/**
 * The alert rules of a folder for the operator of Prometheus: a PrometheusRule for each file, and the kustomization that
 * lists them. Kustomize itself cannot put a file into a key.
 */
export function alerts(folder: string): Map<string, string> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .toSorted()
    .map((name) => name.slice(0, -4));
  const files = names.map((name): [string, string] => [
    `${name}.yaml`,
    toYaml({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name },
      spec: parse(readFileSync(join(folder, `${name}.yml`), 'utf8')) as object,
    }),
  ]);
  const list = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: names.map((name) => `${name}.yaml`),
  };
  return new Map([...files, ['kustomization.yaml', toYaml(list)]]);
}
