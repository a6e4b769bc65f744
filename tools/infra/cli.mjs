import { rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ensureInfra, infraStatus, stopInfra } from './index.mjs';
import { LOCAL, ROOT } from './paths.mjs';
import { INFRA_FILE, readJson } from './store.mjs';

const begin = Date.now();
const say = (line) => process.stdout.write(`${line}\n`);
const log = (line) => say(`  ${((Date.now() - begin) / 1000).toFixed(1).padStart(5)} s  ${line}`);

/** Passwords do not belong on a screen. */
const masked = (url) => url?.replace(/(:\/\/[^:/@]*:)[^@]*@/, '$1…@') ?? '-';

async function printStatus() {
  const servers = await infraStatus();
  for (const { kind, how, url, ready } of servers) {
    say(`${kind.padEnd(9)} ${(ready ? 'ready' : 'away').padEnd(6)} ${how.padEnd(12)} ${masked(url)}`);
  }
  return servers.every((server) => server.ready);
}

const actions = {
  async start() {
    await ensureInfra({ keep: true, log });
    say(`PostgreSQL, Redis and Kafka run until \`npm run infra:stop\`; addresses: ${relative(ROOT, INFRA_FILE)}`);
  },
  async stop() {
    const stopped = await stopInfra();
    say(stopped.length > 0 ? `stopped ${stopped.join(', ')}` : 'nothing of ours was running');
  },
  /** Ends the native servers and deletes their data: topics, jobs, databases. Secrets of the services stay. */
  async purge() {
    await stopInfra();
    const data = readJson(join(LOCAL, 'infra', 'postgres.json'), null)?.data;
    if (data) rmSync(data.startsWith('/var/tmp/') ? dirname(data) : data, { recursive: true, force: true });
    rmSync(join(LOCAL, 'infra'), { recursive: true, force: true });
    say('the servers of this clone are stopped and their data is deleted');
  },
  async status() {
    if (!(await printStatus())) process.exitCode = 1;
  },
};

const action = actions[process.argv[2]];
if (!action) {
  say(`usage: node tools/infra/cli.mjs ${Object.keys(actions).join('|')}`);
  process.exit(2);
}
try {
  await action();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
