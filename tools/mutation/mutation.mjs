import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { ROOT, localPath } from '../infra/paths.mjs';
import { readJson } from '../infra/store.mjs';
import { GROUPS, REQUIRED_SCORE } from './groups.mjs';
import { scoreOf, survivorsOf, toMarkdown } from './report.mjs';

const REPORT = join(ROOT, 'docs', 'generated', 'mutation.md');
const USAGE = `usage: npm run mutation [-- [group ...] [--json]]
  Breaks the code on purpose, line by line, and counts how often a test notices. Groups: ${Object.keys(GROUPS).join(', ')}.
  Without a group all run. docs/generated/mutation.md is written from the last run of each group, once all have one.
  Fails below ${REQUIRED_SCORE} %.`;

const say = (line) => process.stderr.write(`${line}\n`);

const reportOf = (name) => localPath('mutation', `${name}.json`);

/** Runs Stryker over one group. Returns its report (mutation testing report schema). */
async function mutate(name) {
  const { mutate: files, tests } = GROUPS[name];
  process.env.MUTATION_TESTS = JSON.stringify(tests);
  // A mutant that no table finds is found by few random cases or by none; hundreds of runs of the suite need brevity.
  process.env.TEST_PROPERTY_RUNS ??= '20';
  const { Stryker } = await import('@stryker-mutator/core');
  const file = reportOf(name);
  rmSync(file, { force: true });
  const stryker = new Stryker({
    mutate: [...files, '!**/*.test.ts', '!**/*.fixture.ts', '!**/index.ts'],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'tools/mutation/vitest.config.mts', related: false },
    coverageAnalysis: 'perTest',
    // What no test of a group reads is not copied.
    ignorePatterns: [
      '*',
      '!libs',
      '!libs/**',
      '!test',
      // What the configuration of vitest reads.
      '!test/*.{ts,mts}',
      '!test/vectors',
      '!test/vectors/**',
      '!tools',
      '!tools/mutation',
      '!tools/mutation/**',
      '!vitest.config.mts',
      '!tsconfig.json',
      '!package.json',
    ],
    tempDirName: localPath('mutation', 'sandbox'),
    concurrency: 2,
    timeoutMS: 10_000,
    reporters: ['json', ...(process.stderr.isTTY ? ['progress'] : ['progress-append-only'])],
    jsonReporter: { fileName: file },
    allowConsoleColors: false,
    logLevel: 'warn',
    disableTypeChecks: false,
    thresholds: { high: 100, low: REQUIRED_SCORE, break: null },
  });
  await stryker.runMutationTest();
  return JSON.parse(readFileSync(file, 'utf8'));
}

const resultOf = ({ name, report }) => ({ name, ...scoreOf(report), survivors: survivorsOf(report) });

async function writePage(results) {
  const scores = results.map(({ name, score }) => ({ name, score, required: REQUIRED_SCORE }));
  writeFileSync(localPath('mutation', 'scores.json'), JSON.stringify(scores));
  const options = { ...(await resolveConfig(REPORT)), parser: 'markdown' };
  writeFileSync(REPORT, await format(toMarkdown(results, REQUIRED_SCORE), options));
}

/** Runs the groups named, or all. Returns the exit code. */
async function main(args) {
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = names.filter((name) => !Object.hasOwn(GROUPS, name));
  if (unknown.length > 0 || args.includes('--help')) {
    say(unknown.length > 0 ? `no group is called ${unknown.join(', ')}\n${USAGE}` : USAGE);
    return unknown.length > 0 ? 2 : 0;
  }
  mkdirSync(localPath('mutation'), { recursive: true });
  // What an earlier run left must not pass for this one's.
  const old = names.length === 0 ? [...Object.keys(GROUPS).map(reportOf), localPath('mutation', 'scores.json')] : [];
  for (const file of old) rmSync(file, { force: true });
  const results = [];
  for (const name of names.length > 0 ? names : Object.keys(GROUPS)) {
    say(`mutation: ${name}`);
    const result = resultOf({ name, report: await mutate(name) });
    results.push(result);
    const { score, killed, valid } = result;
    say(`mutation: ${name}: ${score.toFixed(1)} % (${killed} of ${valid})`);
  }
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  else for (const { survivors } of results) for (const line of survivors) process.stdout.write(`${line}\n`);
  const all = Object.keys(GROUPS).map((name) => ({ name, report: readJson(reportOf(name), null) }));
  if (all.every(({ report }) => report !== null)) await writePage(all.map(resultOf));
  return results.every(({ score }) => score >= REQUIRED_SCORE) ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main(process.argv.slice(2));
