import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './infra/lock.mjs';
import { ROOT, localPath } from './infra/paths.mjs';
import { readJson, writeJson } from './infra/store.mjs';

const INPUTS = [
  'apps',
  'libs',
  'sandbox',
  'rspack.config.cjs',
  'tools/image/packages-of-a-bundle.cjs',
  'tsconfig.json',
  'package-lock.json',
];
const STAMP = localPath('cache', 'build.json');

/**
 * Bundles the apps and the sandbox into dist, unless the last build had the same inputs. One process and one compiler
 * for all of them; the same configuration as `nest build <app>`.
 * @returns {Promise<{skipped: boolean, built: string[]}>}
 * @throws Error with the compiler's messages
 */
export async function build({ force = false, log = () => {} } = {}) {
  return withLock(localPath('cache', 'build.lock'), async () => {
    const hash = hashInputs();
    const require = createRequire(import.meta.url);
    const bundles = require('../rspack.config.cjs').bundles();
    const names = Object.keys(bundles);
    const last = readJson(STAMP, null);
    const complete = names.every((name) => existsSync(join(bundles[name].output.path, 'main.js')));
    if (!force && complete && last?.hash === hash && last.names.join() === names.join())
      return { skipped: true, built: [] };
    log(`building ${names.join(', ')}`);
    rmSync(STAMP, { force: true });
    for (const name of names) rmSync(bundles[name].output.path, { recursive: true, force: true });
    await compile(require('@rspack/core').rspack, Object.values(bundles));
    writeJson(STAMP, { hash, names });
    return { skipped: false, built: names };
  });
}

function compile(rspack, configurations) {
  return new Promise((resolve, reject) => {
    const compiler = rspack(configurations);
    compiler.run((failure, stats) => {
      compiler.close(() => {
        if (failure) reject(failure);
        else if (stats.hasErrors()) reject(new Error(stats.toString({ preset: 'errors-only', colors: false })));
        else resolve();
      });
    });
  });
}

/** Hash over names and contents of everything that can change a bundle; tests cannot. */
function hashInputs() {
  const hash = createHash('sha256').update(process.version);
  for (const file of INPUTS.flatMap((input) => filesOf(input)).sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesOf(path) {
  if (!existsSync(join(ROOT, path))) return [];
  if (/\.(cjs|json)$/.test(path)) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const begin = Date.now();
  const say = (line) => process.stdout.write(`${line}\n`);
  try {
    const { skipped, built } = await build({ force: process.argv.includes('--force'), log: say });
    say(skipped ? 'dist is up to date' : `built ${built.join(', ')} in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
