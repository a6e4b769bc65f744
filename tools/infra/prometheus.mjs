import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { MissingProgram, installCommand } from './packages.mjs';
import { CACHE } from './paths.mjs';
import { findCommand, isRoot, run } from './shell.mjs';

/** Programs that check what Prometheus and Alertmanager will read, by the Debian package that carries them. */
const PROGRAMS = { promtool: 'prometheus', prometheus: 'prometheus', amtool: 'prometheus-alertmanager' };
const APT = ['-o', 'DPkg::Lock::Timeout=120', '-q'];

/**
 * Path of `promtool`, `prometheus` or `amtool`: that of the machine, or one taken out of Debian's package. The package is unpacked,
 * not installed: its server would start.
 * @param {'promtool' | 'prometheus' | 'amtool'} name
 * @throws MissingProgram where neither is possible, with the command that installs it
 */
export async function ensurePrometheusTool(name, log) {
  const found = findCommand(name, ['/opt/homebrew/bin', '/usr/local/bin']);
  if (found) return found;
  const folder = join(CACHE, 'prometheus');
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  await withLock(join(folder, `${name}.lock`), async () => {
    if (!existsSync(path)) await takeOut(name, folder, log);
  });
  return path;
}

async function takeOut(name, folder, log) {
  const debian = PROGRAMS[name];
  const temporary = mkdtempSync(join(folder, 'package-'));
  try {
    log(`${name}: fetching Debian's package ${debian}`);
    const outcome = await download(debian, temporary);
    const file = readdirSync(temporary).find((entry) => entry.endsWith('.deb'));
    if (file === undefined) throw missing(name, debian, outcome);
    const unpacked = await run('dpkg-deb', ['-x', join(temporary, file), temporary]);
    const program = join(temporary, 'usr', 'bin', name);
    if (unpacked.code !== 0 || !existsSync(program)) throw missing(name, debian, unpacked.output);
    // There as a whole or not at all.
    copyFileSync(program, join(temporary, name));
    renameSync(join(temporary, name), join(folder, name));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Lists of packages may be old or missing on a fresh machine: then they are fetched first, where that is allowed. */
async function download(debian, cwd) {
  if (!findCommand('apt-get') || !findCommand('dpkg-deb')) return 'this system has no apt-get';
  const fetch = () => run('apt-get', [...APT, 'download', debian], { cwd, timeoutMs: 180_000 });
  const first = await fetch();
  if (first.code === 0 || !isRoot()) return first.output;
  await run('apt-get', [...APT, 'update'], { timeoutMs: 180_000 });
  return (await fetch()).output;
}

function missing(name, debian, reason) {
  const why = reason.trim().split('\n').at(-1);
  const packages = {
    apt: [debian],
    dnf: ['golang-github-prometheus'],
    brew: [name === 'amtool' ? 'alertmanager' : 'prometheus'],
  };
  return new MissingProgram(`${name} (checks of the alerts; ${why})`, installCommand(packages));
}
