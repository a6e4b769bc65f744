import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../infra/lock.mjs';
import { CACHE } from '../infra/paths.mjs';
import { runOrFail } from '../infra/shell.mjs';
import { ComposeProblem } from './docker.mjs';

/** Of Debian 13, a program of its own: it runs beside the docker of Debian 12. */
const VERSION = '2.26.1-4';
const POOL = 'http://deb.debian.org/debian/pool/main/d/docker-compose';
/** Debian's name of the machine, and the SHA-256 of the package for it. */
const PACKAGES = {
  x64: ['amd64', '47681197cb2b1ab88206b42a1a92fc75f50d9530a6322d03494a473eed0408ea'],
  arm64: ['arm64', 'bbafaa666f3e7fa00ad36f2a8bab889f1c791ca8743d674e7267a3d07203869c'],
};
const PLUGIN = 'usr/libexec/docker/cli-plugins';

/**
 * Variables under which `docker compose` is there, on a machine that has none: Debian's, fetched once per user.
 * @returns {Promise<{DOCKER_CONFIG: string}>}
 */
export async function ensureComposeV2({ log }) {
  const folder = join(CACHE, `docker-compose-${VERSION}`);
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    await withLock(`${folder}.lock`, async () => {
      if (!existsSync(folder)) await fetchPlugin(folder, log);
    });
  }
  return { DOCKER_CONFIG: folder };
}

async function fetchPlugin(folder, log) {
  const [machine, expected] = PACKAGES[process.arch] ?? [];
  if (machine === undefined) throw new ComposeProblem(`Debian's compose v2 is not known here for ${process.arch}.`);
  const url = `${POOL}/docker-compose_${VERSION}_${machine}.deb`;
  log(`fetching compose v2 (docker-compose ${VERSION} of Debian), 13 MB, once per user`);
  const answer = await fetch(url, { signal: AbortSignal.timeout(300_000) });
  if (!answer.ok)
    throw new ComposeProblem(`${url} answers ${answer.status}. Install the plugin (docker-compose-plugin).`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const sum = createHash('sha256').update(bytes).digest('hex');
  if (sum !== expected) throw new Error(`${url} has the SHA-256 ${sum}, expected ${expected}`);
  const temporary = mkdtempSync(join(CACHE, 'docker-compose-'));
  try {
    const archive = join(temporary, 'package.deb');
    writeFileSync(archive, bytes);
    await runOrFail('dpkg-deb', ['-x', archive, temporary], { timeoutMs: 60_000 });
    const config = join(temporary, 'config');
    mkdirSync(config);
    renameSync(join(temporary, PLUGIN), join(config, 'cli-plugins'));
    // There as a whole or not at all.
    renameSync(config, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
