import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { localPath, ROOT } from '../infra/paths.mjs';
import { kustomize } from './kustomize';
import type { ManifestObject } from './objects';

/** A folder that kustomize does not render. Its message names file and reason. */
export class RenderError extends Error {
  constructor(folder: string, reason: string) {
    super(`${folder} does not render: ${reason}`);
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

/** Kustomize tells the whole way down to the fault; the last part says what it is. */
const reasonOf = (message: string): string =>
  message
    .replace(/^Error: /, '')
    .replaceAll(`${ROOT}/`, '')
    .trim()
    .replaceAll(/\s+/g, ' ')
    .slice(-400);

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
