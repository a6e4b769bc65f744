import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { localPath, ROOT } from '../infra/paths.mjs';
import { kustomize } from './kustomize';
import type { ManifestObject } from './objects';

/** What to do by what is said: kustomize says where the fault is, and never what to do. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/ is not there$/, 'correct the name in the kustomization.yaml that lists it'],
  [/no matches for Id|unique target/, 'let the patch name an object that is there'],
  [/unknown field/, 'correct the spelling of the field'],
  [/yaml/i, 'correct the YAML at that line'],
];

/** A folder that kustomize does not render. Its message names file, reason and remedy. */
export class RenderError extends Error {
  constructor(folder: string, reason: string) {
    const known = REMEDIES.find(([pattern]) => pattern.test(reason));
    super(`${folder} does not render: ${reason}; ${known?.[1] ?? `see all of it: kubectl kustomize ${folder}`}`);
    this.name = 'RenderError';
  }
}

const ORIGIN = 'config.kubernetes.io/origin';

/**
 * The objects of a kustomization, each with the file that it comes from. Nothing outside this clone is asked.
 * Origins are asked for in a kustomization of its own, so that those in the repository stay plain.
 * @param folder below the repository, as `k8s/overlays/production`
 * @throws RenderError when kustomize refuses it
 */
export async function render(folder: string): Promise<readonly ManifestObject[]> {
  const around = localPath('manifests', `${folder.replaceAll('/', '-')}-${process.pid}`);
  mkdirSync(around, { recursive: true });
  try {
    const lines = [
      'resources:',
      `  - ${relative(around, join(ROOT, folder))}`,
      'buildMetadata: [originAnnotations]',
      '',
    ];
    writeFileSync(join(around, 'kustomization.yaml'), lines.join('\n'));
    const { code, output, errors } = await kustomize(around);
    if (code !== 0) throw new RenderError(folder, reasonOf(errors));
    return parseManifests(output, folder);
  } finally {
    rmSync(around, { recursive: true, force: true });
  }
}

/** Kustomize tells the whole way down to the fault, some of it twice; the last part says where and what it is. */
function reasonOf(message: string): string {
  const plain = message
    .replace(/^Error: /, '')
    .replaceAll(`${ROOT}/`, '')
    .trim()
    .replaceAll(/\s+/g, ' ');
  const absent = /lstat (\S+): no such file or directory/.exec(plain)?.[1];
  if (absent !== undefined) return `${absent} is not there`;
  const last = plain.split(/recursed accumulation of path |couldn't make target for path /).at(-1) ?? plain;
  return last.replaceAll('accumulating resources: ', '').slice(0, 400);
}

/** Reads a stream of YAML documents. Exported for tests that change one. */
export function parseManifests(text: string, folder: string): readonly ManifestObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const fault = document.errors[0];
    if (fault) throw new RenderError(folder, fault.message);
    const body = document.toJS() as Record<string, unknown> | null;
    return body === null ? [] : [objectOf(body, folder)];
  });
}

function objectOf(body: Record<string, unknown>, folder: string): ManifestObject {
  const metadata = body['metadata'] as ManifestObject['metadata'] & { annotations?: Record<string, string> };
  const origin = metadata.annotations?.[ORIGIN];
  const path = origin === undefined ? undefined : /(?:^|\n)(?:path|configuredIn): (\S+)/.exec(origin)?.[1];
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([name]) => name !== ORIGIN),
  );
  const { annotations: _all, ...others } = metadata;
  const plain = Object.keys(annotations).length === 0 ? others : { ...others, annotations };
  return {
    apiVersion: String(body['apiVersion']),
    kind: String(body['kind']),
    metadata: plain,
    file: path === undefined ? folder : fileOf(path, folder),
    body: { ...body, metadata: plain },
  };
}

/** Origins are relative to the kustomization that asks for them; the repository's part begins with k8s. */
const fileOf = (path: string, folder: string): string => {
  const at = path.indexOf('k8s/');
  return at === -1 ? posix.join(folder, path) : path.slice(at);
};
