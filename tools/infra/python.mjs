import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { installPackages, MissingProgram } from './packages.mjs';
import { CACHE, copyFolder, localPath } from './paths.mjs';
import { findCommand, run, runOrFail } from './shell.mjs';

/** The package of PyPI by which subscribers in Python verify us; the hash is the one that PyPI publishes for the wheel. */
const LIBRARY = {
  name: 'standardwebhooks',
  version: '1.1.0',
  sha256: '9a88d48a1f198be61517fc7ad328cf58ba02b73f0fbd8941d4213e9c0b6c2a61',
};
const PACKAGES = { apt: ['python3', 'python3-pip'], dnf: ['python3', 'python3-pip'], brew: ['python'] };
const COMPLETE = '.complete';

/**
 * Python with the official library of Standard Webhooks on its path: `{command, env}` to start it with. It is fetched
 * once per user and then taken from this clone's own folder, without a network.
 * @throws MissingProgram without Python where this process may not install it; an error that names the package when
 * neither the cache nor the registry has it
 */
export async function ensureStandardWebhooks({ log = () => {} } = {}) {
  const folder = localPath('python', `${LIBRARY.name}-${LIBRARY.version}`);
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(join(folder, COMPLETE))) return;
    const cached = join(CACHE, `${LIBRARY.name}-${LIBRARY.version}`);
    if (existsSync(join(cached, COMPLETE))) return copyFolder(cached, folder);
    await fetchLibrary(folder, log);
    try {
      copyFolder(folder, cached);
    } catch {
      // Without a writable cache the next clone fetches again: slower, not wrong.
    }
  });
  return { command: await ensurePython(log), env: { ...process.env, PYTHONPATH: folder } };
}

async function ensurePython(log) {
  if (!findCommand('python3')) await installPackages('Python', 'it verifies webhooks', PACKAGES, log);
  const python = findCommand('python3');
  if (!python) throw new MissingProgram('Python', 'install Python 3.9 or newer');
  return python;
}

async function ensurePip(log) {
  const python = await ensurePython(log);
  const asked = await run(python, ['-m', 'pip', '--version'], { timeoutMs: 60_000 });
  if (asked.code !== 0) await installPackages('pip', 'it fetches the library that verifies webhooks', PACKAGES, log);
  return python;
}

async function fetchLibrary(folder, log) {
  const python = await ensurePip(log);
  const { name, version, sha256 } = LIBRARY;
  log(`fetching ${name} ${version} with pip, once per user`);
  const temporary = `${folder}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const requirements = join(temporary, 'requirements.txt');
  writeFileSync(requirements, `${name}==${version} --hash=sha256:${sha256}\n`);
  const options = ['--require-hashes', '--only-binary', ':all:', '--no-deps', '--disable-pip-version-check', '--quiet'];
  const args = ['-m', 'pip', 'install', ...options, '--target', temporary, '--requirement', requirements];
  try {
    await runOrFail(python, args, { timeoutMs: 300_000 });
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw new Error(`${name} ${version} of PyPI is needed once; this machine could not get it`, { cause: error });
  }
  writeFileSync(join(temporary, COMPLETE), `${version}\n`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(temporary, folder);
}
