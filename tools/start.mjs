import { rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from './build.mjs';
import { openSupervisor } from './children.mjs';
import { baseEnvironment } from './environment.mjs';
import { ensureInfra } from './infra/index.mjs';
import { LOCAL, ROOT } from './infra/paths.mjs';
import { readJson, writeJson } from './infra/store.mjs';
import { install } from './install.mjs';
import { cloneSecrets } from './secrets.mjs';
import { startSystem } from './system.mjs';

const USAGE = `usage: npm start [-- [--once] [--no-sale]]
  --once      stop after the demo sale; the exit code is the sale's
  --no-sale   start everything, sell nothing
  npm run dev   the same with --watch: a change of the code rebuilds and restarts the services`;

const ENDPOINTS = join(LOCAL, 'endpoints.json');
/** What the sandbox charged and issued lives as long as the database that remembers it, and goes with it. */
const TRUTH = join(LOCAL, 'infra', 'sandbox-truth.jsonl');
const FIRST_SALE = join(ROOT, 'tools', 'first-sale.mjs');

const begin = Date.now();
const say = (line) => process.stdout.write(`${line}\n`);
const log = (line) => say(`[${((Date.now() - begin) / 1000).toFixed(1).padStart(6)} s] ${line}`);

/** Things to end, the last one first; whatever happens, each is tried. */
const endings = [];
let ending = null;

function endAll() {
  ending ??= (async () => {
    for (const end of endings.splice(0).reverse())
      await end().catch((error) => log(`while stopping: ${error.message}`));
  })();
  return ending;
}

/** Ctrl-C ends everything in order; a second one does it at once, which the supervisors finish. */
function stopOnSignals() {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.on(signal, () => {
      if (ending) process.exit(code);
      say(`\n${signal}: stopping what was started`);
      void endAll().finally(() => process.exit(code === 130 ? 0 : code));
    });
  }
}

async function firstSale() {
  const supervisor = openSupervisor({ graceMs: 5_000 });
  endings.push(() => supervisor.close());
  const env = { ...baseEnvironment(), ENDPOINTS };
  const child = await supervisor.start('first-sale', { command: process.execPath, args: [FIRST_SALE], cwd: ROOT, env });
  const { code } = await child.exited;
  return code ?? 1;
}

/** Everything that has an address, and a request that works as it stands. */
async function printAddresses(system) {
  const { endpoints } = system;
  say('');
  say('What runs, until Ctrl-C:');
  for (const child of system.processes)
    say(`  ${child.name.padEnd(15)} ${child.baseUrl}   metrics ${child.metricsUrl}`);
  say(`  ${'sandbox'.padEnd(15)} ${endpoints.sandbox}`);
  const serving = system.processes.filter((child) => child.mode !== 'worker');
  for (const child of serving) say(`  ${`${child.service} API`.padEnd(15)} ${child.baseUrl}/doc`);
  for (const child of serving)
    if (child.service !== 'signal') say(`  ${`${child.service} jobs`.padEnd(15)} ${child.url}/internal/api/queues`);
  say(`  ${'judgement'.padEnd(15)} ${endpoints.sandbox}/truth`);
  say(`  addresses       ${ENDPOINTS}`);
  const api = system.process('payment-api');
  const token = await system.token('cashier');
  say('');
  say('Try:');
  say(`  curl -s ${api.baseUrl}/transactions -H 'authorization: Bearer ${token}'`);
}

/** Rebuilds and restarts the services when the code changes. */
async function restartOnChange(system) {
  const { promise, resolve } = nextChange();
  const watchers = ['apps', 'libs'].map((folder) =>
    watch(join(ROOT, folder), { recursive: true }, (_event, name) => {
      if (name && /\.(ts|sql|json)$/.test(name) && !name.endsWith('.test.ts')) resolve();
    }),
  );
  await promise;
  // Editors and version control write several files at once.
  await delay(300);
  for (const watcher of watchers) watcher.close();
  try {
    const { skipped } = await build({ log });
    if (skipped) return;
    await Promise.all(system.processes.map((child) => child.stop()));
    await Promise.all(system.processes.map((child) => child.start()));
    log('services restarted');
  } catch (error) {
    log(`not restarted: ${error.message}`);
  }
}

function nextChange() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

async function main(options) {
  stopOnSignals();
  if (await install({ log })) log('installed');
  const [infra] = await Promise.all([
    ensureInfra({ log }).then((ready) => (endings.push(ready.stop), ready)),
    build({ log }).then(({ skipped }) => log(skipped ? 'dist is up to date' : 'built')),
  ]);
  const system = await startSystem({
    infra,
    ports: 'registry',
    secrets: cloneSecrets(),
    sandbox: { truthFile: TRUTH },
    log,
  });
  endings.push(() => system.stop());
  writeJson(ENDPOINTS, system.describe());
  endings.push(async () => {
    if (readJson(ENDPOINTS, null)?.starter === process.pid) rmSync(ENDPOINTS, { force: true });
  });
  const saleCode = options.sale ? await firstSale() : 0;
  if (options.once) return saleCode;
  if (saleCode !== 0) log(`the demo sale failed with ${saleCode}; the system goes on`);
  await printAddresses(system);
  if (options.watch) for (;;) await restartOnChange(system);
  // The supervisors' pipes keep this process alive until a signal comes.
  return new Promise(() => {});
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  say(USAGE);
} else {
  let code = 1;
  try {
    code = await main({
      once: args.includes('--once'),
      watch: args.includes('--watch'),
      sale: !args.includes('--no-sale'),
    });
  } catch (error) {
    process.stderr.write(`\n${error.message}\n`);
  }
  await endAll();
  process.exit(code);
}
