import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../infra/lock.mjs';
import { ROOT, localPath } from '../infra/paths.mjs';
import { readJson, writeJson } from '../infra/store.mjs';

const run = promisify(execFile);

export const PREVIOUS = readJson(join(import.meta.dirname, 'previous.json'), {});

/** What its bundles are made of. */
const SOURCES = ['apps', 'libs', 'sandbox', 'tools', 'package.json', 'package-lock.json', 'tsconfig.json'];

export async function previousRelease({ log = () => {} } = {}) {
  const { tag, commit } = PREVIOUS;
  const folder = localPath('releases', tag);
  const stamp = join(folder, 'release.json');
  return withLock(localPath('cache', 'release.lock'), async () => {
    if (readJson(stamp, null)?.commit === commit) return folder;
    log(`building the previous release, ${tag}`);
    await fetchHistory();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const archive = join(folder, 'sources.tar');
    await git('archive', '--format=tar', `--output=${archive}`, commit, ...SOURCES, 'rspack.config.cjs');
    await run('tar', ['-xf', archive, '-C', folder]);
    rmSync(archive);
    // Its code is tried with today's libraries: those of an image are its own, and no part of the schema.
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await run(process.execPath, [join(folder, 'tools', 'build.mjs')], { cwd: folder });
    writeJson(stamp, PREVIOUS);
    return folder;
  });
}

/** Its commit, which is in this clone from then on. Throws as `previousRelease` does. */
export async function previousCommit() {
  await withLock(localPath('cache', 'release.lock'), fetchHistory);
  return PREVIOUS.commit;
}

/** The text of one of its files. Throws as `previousRelease` does, and where it has no such file. */
export async function fileOfPreviousRelease(path) {
  const { stdout } = await run('git', ['show', `${await previousCommit()}:${path}`], {
    cwd: ROOT,
    maxBuffer: 64 << 20,
  });
  return stdout;
}

/** A clone without history gets the one commit that is needed. */
async function fetchHistory() {
  const { tag, commit } = PREVIOUS;
  const isHere = () =>
    git('cat-file', '-e', `${commit}^{commit}`).then(
      () => true,
      () => false,
    );
  if (await isHere()) return;
  await git('fetch', '--quiet', '--depth=1', 'origin', commit).catch(() => undefined);
  if (await isHere()) return;
  throw new Error(
    `the previous release ${tag} (commit ${commit}) is not in this clone, and origin does not give it: run \`git fetch --unshallow --tags\``,
  );
}

const git = (...args) => run('git', args, { cwd: ROOT });
