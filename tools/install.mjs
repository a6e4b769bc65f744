import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './infra/lock.mjs';
import { ROOT, localPath } from './infra/paths.mjs';

const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.stamp');

/**
 * Makes node_modules fit package-lock.json with `npm ci`, when it is missing or was installed from another lock file.
 * Two starters do not collide: the second waits and then finds it done.
 * @returns {Promise<boolean>} whether something was installed
 */
export async function install({ log = () => {} } = {}) {
  if (isCurrent()) return false;
  const onWait = (holder) => log(`waiting for process ${holder.pid}, which is installing`);
  return withLock(localPath('cache', 'install.lock'), () => installNow(log), { onWait, timeoutMs: 900_000 });
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');

function isCurrent() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8').trim() === lockHash();
}

async function installNow(log) {
  if (isCurrent()) return false;
  const why = existsSync(MODULES) ? 'package-lock.json changed since the last install' : 'node_modules is missing';
  log(`npm ci: ${why}`);
  const hash = lockHash();
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], log);
  writeFileSync(STAMP, `${hash}\n`);
  return true;
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
