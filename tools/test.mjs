import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { runChecks } from './checks.mjs';
import { openSupervisor } from './children.mjs';
import { ROOT, localPath } from './infra/paths.mjs';
import { ensureInfra } from './infra/index.mjs';
import { readJson, writeJson } from './infra/store.mjs';
import { install } from './install.mjs';
import { thisRelease } from './release/this-release.mjs';
import { reportFile, suiteFile, withExit } from './test-report.mjs';

const SYSTEM_TESTS = ['test/e2e', 'test/browser', 'test/chaos'];
const USAGE = `usage: npm test [-- [--only static|unit|e2e] [--long] [arguments of vitest]]
  --only static   format, lint, types, tiers, dead code
  --only unit     every test but those of whole systems (${SYSTEM_TESTS.join(', ')})
  --only e2e      whole systems alone
  --long          the full figures of load, fuzz and chaos, and mutation testing`;

const begin = Date.now();
const say = (line) => process.stdout.write(`${line}\n`);
const log = (line) => say(`[${((Date.now() - begin) / 1000).toFixed(1).padStart(6)} s] ${line}`);

/** `{only, long, vitest}` from the command line; file names given to vitest leave the static checks out. */
export function parseArguments(args) {
  const options = { only: 'all', long: process.env.TEST_LONG === '1', vitest: [] };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (arg === '--only') options.only = args[++index];
    else if (arg.startsWith('--only=')) options.only = arg.slice('--only='.length);
    else if (arg === '--long') options.long = true;
    else options.vitest.push(arg);
  }
  if (!['all', 'static', 'unit', 'e2e'].includes(options.only)) throw new Error(USAGE);
  const named = options.only === 'all' && options.vitest.some((arg) => !arg.startsWith('-'));
  return { ...options, static: options.only === 'static' || (options.only === 'all' && !named) };
}

async function runStatic(supervisor) {
  log('static checks');
  return runChecks({
    supervisor,
    report: ({ name, passed, seconds, output }) => {
      log(`  ${passed ? 'passed' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
      if (!passed) say(output.trimEnd());
    },
  });
}

async function runVitest(supervisor, infra, options) {
  rmSync(reportFile(), { force: true });
  const selection = {
    unit: SYSTEM_TESTS.map((folder) => `--exclude=${folder}/**`),
    e2e: SYSTEM_TESTS.filter((folder) => readdirSync(join(ROOT, 'test')).includes(folder.slice('test/'.length))),
  };
  const args = ['run', '--reporter=default', `--reporter=${join(ROOT, 'tools', 'test-report.mjs')}`];
  args.push(...(selection[options.only] ?? []), ...options.vitest);
  const env = {
    ...process.env,
    TEST_POSTGRES_ADMIN_URL: infra.postgresAdminUrl,
    TEST_REDIS_URL: infra.redisUrl,
    TEST_KAFKA_BROKERS: infra.kafkaBrokers,
    ...(options.long ? { TEST_LONG: '1' } : {}),
  };
  const command = join(ROOT, 'node_modules', '.bin', 'vitest');
  const child = await supervisor.start('vitest', { command, args, cwd: ROOT, env });
  const { code } = await child.exited;
  return withExit(readJson(reportFile(), null), code, 'vitest');
}

/** Mutation testing in a long run: each group whose score is high enough counts as one test. */
async function runMutation(supervisor) {
  log('mutation testing');
  const { command, args } = { command: process.execPath, args: [join(ROOT, 'tools', 'mutation', 'mutation.mjs')] };
  const child = await supervisor.start('mutation', { command, args, cwd: ROOT, env: process.env });
  const { code } = await child.exited;
  const groups = readJson(localPath('mutation', 'scores.json'), []);
  const weak = groups.filter(({ score, required }) => score < required);
  const failures = weak.map(
    ({ name, score, required }) => `mutation: ${name} scores ${score.toFixed(1)} % of ${required} %`,
  );
  return withExit({ passed: groups.length - weak.length, failures }, code, 'mutation');
}

/** Keeps what came of a run of everything, with the commit that it was of. */
async function remember({ passed, failures }, { long }) {
  writeJson(suiteFile(), {
    command: long ? 'npm run test:long' : 'npm test',
    commit: (await thisRelease()).commit,
    endedAt: new Date().toISOString(),
    seconds: Math.round((Date.now() - begin) / 1000),
    passed,
    failures,
  });
}

/** Runs everything; whatever was started is ended on every way out. Returns the exit code. */
async function main(args) {
  const options = parseArguments(args);
  const endings = [];
  const end = async () => {
    for (const ending of endings.splice(0).reverse()) await ending();
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.once(signal, () => {
      say(`\n${signal}: stopping what was started`);
      void end().finally(() => process.exit(code));
    });
  }
  const total = { passed: 0, failures: [] };
  const add = ({ passed, failures }) => {
    total.passed += passed;
    total.failures.push(...failures);
  };
  try {
    await install({ log });
    const supervisor = openSupervisor({ graceMs: 10_000 });
    endings.push(() => supervisor.close());
    if (options.static) add(await runStatic(supervisor));
    if (options.only !== 'static') {
      const [infra] = await Promise.all([
        ensureInfra({ log }).then((ready) => (endings.push(ready.stop), ready)),
        build({ log }).then(({ skipped }) => log(skipped ? 'dist is up to date' : 'built')),
      ]);
      log('tests');
      add(await runVitest(supervisor, infra, options));
      if (options.long && options.only !== 'e2e' && options.vitest.length === 0) add(await runMutation(supervisor));
    }
  } catch (error) {
    total.failures.push(error.message);
  } finally {
    await end();
  }
  log('done');
  if (options.only === 'all' && options.vitest.length === 0) await remember(total, options);
  for (const failure of total.failures) say(`FAILED ${failure}`);
  say(`${total.passed} passed, ${total.failures.length} failed`);
  return total.failures.length === 0 && total.passed > 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const args = process.argv.slice(2);
  if (args.includes('--help')) say(USAGE);
  else process.exitCode = await main(args);
}
