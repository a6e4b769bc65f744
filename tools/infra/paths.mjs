import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = 'seller-trio';

/** Root folder of this clone. */
export const ROOT = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));

/** Everything that a run writes stands below this folder, which git ignores. */
export const LOCAL = join(ROOT, '.local');

/** Tells two clones on one machine apart: names, folders and compose projects carry it. */
export const CLONE_HASH = createHash('sha256').update(ROOT).digest('hex').slice(0, 12);

/** Downloads that a second clone of the same user may reuse. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), PROJECT);

/** A path below `.local`; its folder exists afterwards. */
export function localPath(...parts) {
  const path = join(LOCAL, ...parts);
  mkdirSync(join(path, '..'), { recursive: true });
  return path;
}

/** A folder below `.local`, made when it is missing. */
export function localFolder(...parts) {
  const path = join(LOCAL, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Copies a folder so that it is there as a whole or not at all. */
export function copyFolder(from, to) {
  const temporary = `${to}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  cpSync(from, temporary, { recursive: true });
  rmSync(to, { recursive: true, force: true });
  renameSync(temporary, to);
}
