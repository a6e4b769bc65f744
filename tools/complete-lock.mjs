import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './infra/paths.mjs';

const SYSTEMS = 'aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32';
const PROCESSORS = 'arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64';
const PLATFORM = new RegExp(`(?:^|[-/])(${SYSTEMS})-(${PROCESSORS})(?:-(gnu|musl|msvc|eabi|gnueabihf|musleabihf))?$`);

/**
 * Adds what a lock file lacks when it was written where the registry does not carry the binaries of every platform:
 * `npm ci` refuses such a file on all platforms. An added entry has the exact version but no integrity, which npm
 * accepts; it is used only on its own platform.
 * @returns {string[]} the added (or, with `dryRun`, the lacking) packages
 */
export function completeLock(lock) {
  const added = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '') continue;
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (findEntry(lock.packages, path, name)) continue;
      if (!/^\d/.test(version)) continue;
      lock.packages[`node_modules/${name}`] = stub(name, version, entry);
      added.push(`${name}@${version}`);
    }
  }
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([left], [right]) => left.localeCompare(right, 'en')),
  );
  return added;
}

/** Where Node would find the package from there: its own node_modules, then those of the folders above. */
function findEntry(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const found = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found || folder === '') return found;
  }
}

function stub(name, version, parent) {
  const entry = { version };
  const [, system, processor, variant] = PLATFORM.exec(name) ?? [];
  if (processor) entry.cpu = [processor];
  else if (name.endsWith('wasm32-wasi')) entry.cpu = ['wasm32'];
  if (parent.dev) entry.dev = true;
  if (variant === 'gnu' && system === 'linux') entry.libc = ['glibc'];
  if (variant === 'musl' && system === 'linux') entry.libc = ['musl'];
  entry.optional = true;
  if (system) entry.os = [system];
  return entry;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = join(ROOT, 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const added = completeLock(lock);
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(added.length > 0 ? `added ${added.join(', ')}\n` : 'package-lock.json is complete\n');
}
