import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from './packages.mjs';

const PACKAGES = { apt: ['libfaketime'], dnf: ['libfaketime'], brew: ['libfaketime'] };
const ROOTS = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/opt/homebrew/lib'];
/** The library for programs with threads. */
const NAME = 'libfaketimeMT.so.1';

function findLibrary() {
  const roots = ROOTS.filter((root) => existsSync(root));
  // Debian has a folder of the architecture in between.
  const folders = roots.flatMap((root) => [root, ...readdirSync(root).map((name) => join(root, name))]);
  return folders.map((folder) => join(folder, 'faketime', NAME)).find((path) => existsSync(path));
}

/** Path of the library that shifts the wall clock of a process into which it is loaded, installed first where that is possible. */
export async function ensureFaketime(log) {
  if (!findLibrary()) await installPackages('libfaketime', 'tests of processes whose clock jumps', PACKAGES, log);
  const library = findLibrary();
  if (!library) throw new Error(`libfaketime was installed, but ${NAME} was not found`);
  return library;
}

/**
 * Variables with which a process takes its wall clock from `handsFile`, which holds an offset such as `+7200s` and is read
 * at every look at the clock. The monotonic clock, and the times of files, stay what they are.
 */
export function faketimeEnvironment(library, handsFile) {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: handsFile,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_RESET: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
}
