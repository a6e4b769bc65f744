import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { withLock } from './infra/lock.mjs';
import { ROOT, localPath } from './infra/paths.mjs';
import { readJson } from './infra/store.mjs';

const MODULES = join(ROOT, 'node_modules');

/**
 * Makes node_modules fit package-lock.json with `npm ci`, when it is missing or holds something else. Two starters do
 * not collide: the second waits and then finds it done.
 * @returns {Promise<boolean>} whether something was installed
 */
export async function install({ log = () => {} } = {}) {
  requireNode();
  if (reasonToInstall() === null) return false;
  const onWait = (holder) => log(`waiting for process ${holder.pid}, which is installing`);
  return withLock(localPath('cache', 'install.lock'), () => installNow(log), { onWait, timeoutMs: 900_000 });
}

/** An old Node fails later with messages that name no cause. */
function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 20)) return;
  throw new Error(`Node.js ${process.versions.node} is too old, 20.20 or newer is needed; with nvm: nvm install 24`);
}

async function installNow(log) {
  const why = reasonToInstall();
  if (why === null) return false;
  log(`npm ci: ${why}`);
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], log);
  return true;
}

/** Why `npm ci` is needed, or null. */
export function reasonToInstall() {
  const installed = readJson(join(MODULES, '.package-lock.json'), null);
  if (!installed) return 'node_modules is missing or was left half done';
  return difference(readJson(join(ROOT, 'package-lock.json'), { packages: {} }), installed);
}

/**
 * What the lock file asks for and npm's own record of node_modules (written when an install is complete) lacks; null
 * when all is there. Optional packages may lack: they belong to other platforms.
 */
export function difference(lock, installed) {
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '') continue;
    const found = installed.packages[path];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!found && !entry.optional) return `${name} ${entry.version} is not installed`;
    if (found && found.version !== entry.version)
      return `${name} is ${found.version}, the lock file wants ${entry.version}`;
  }
  return null;
}

/** Runs npm and says every few seconds that it still works, because npm itself is silent without a terminal. */
function npm(args, log) {
  return new Promise((resolve, reject) => {
    const begin = Date.now();
    const child = spawn('npm', args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    const collect = (chunk) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    const seconds = () => Math.round((Date.now() - begin) / 1000);
    const timer = setInterval(() => log(`npm ci has been working for ${seconds()} s`), 10_000);
    child.once('error', (error) => {
      clearInterval(timer);
      reject(new Error(`npm cannot be started (${error.message}); install Node.js 20.20 or newer with npm`));
    });
    child.once('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve();
      else reject(new Error(`npm ${args.join(' ')} ended with ${code}\n${output.trimEnd()}`));
    });
  });
}
