import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { SERVICES } from '../environment.mjs';
import { ROOT, localPath } from '../infra/paths.mjs';
import { readJson } from '../infra/store.mjs';
import { suiteFile } from '../test-report.mjs';
import { allMigrations, migrationsSince, schemaVersion } from './migrations.mjs';
import { PREVIOUS, previousCommit } from './previous-release.mjs';
import { thisRelease } from './this-release.mjs';
import { compareVersions } from './versions.mjs';

const USAGE = `usage: npm run release:evidence -- [--out file] [--risk-approval "who, when"] [--ops-approval "who, when"]
  Writes what a release is and what shows that it may go out, as YAML: by default release-evidence.yaml under .local.
  Ends with 1, and says why, while something is missing: a clean tree, a green npm test of this commit, both approvals.`;

/**
 * The evidence of a release from what is known of it, without looking anywhere itself.
 * @param {object} facts `{version, commit, suite, migrations, schema, accepted, flags, approvals}`
 */
export function evidenceOf({ version, commit, suite, migrations, schema, accepted, flags, approvals }) {
  const contracting = migrations.filter(({ contracts }) => contracts.length > 0);
  return {
    releaseId: `v${version}`,
    commit,
    images: Object.keys(SERVICES).map((name) => ({ name: `nx-seller-${name}`, tag: version })),
    schemaVersion: schema,
    migration: {
      kind: migrations.length === 0 ? 'none' : contracting.length === 0 ? 'expand' : 'contract',
      since: PREVIOUS.tag,
      files: migrations.map(({ path, contracts, oldest }) =>
        contracts.length === 0 ? path : { path, contracts, oldest },
      ),
    },
    contracts: { comparedWith: PREVIOUS.tag, acceptedBreaks: accepted },
    tests: suite && {
      command: suite.command,
      commit: suite.commit,
      endedAt: suite.endedAt,
      seconds: suite.seconds,
      passed: suite.passed,
      failed: suite.failures.length,
      failures: suite.failures,
    },
    featureFlags: flags,
    rollbackPlan: {
      to: PREVIOUS.tag,
      schema:
        contracting.length === 0 ? 'stays; the release before runs on it' : 'excludes the release before: mend forward',
      steps: 'docs/runbooks/undo.md',
      triedBy: 'test/e2e/upgrade.test.ts',
    },
    riskApproval: approvals.risk ?? null,
    opsApproval: approvals.ops ?? null,
  };
}

/** What a release still lacks, one sentence each. */
export function lacking(evidence) {
  const { releaseId, commit, tests, migration, riskApproval, opsApproval } = evidence;
  const unsaid = migration.files.filter(({ contracts, oldest }) => contracts && !isAfter(oldest, PREVIOUS.tag));
  return [
    ...(isAfter(releaseId, PREVIOUS.tag)
      ? []
      : [`${releaseId} does not come after ${PREVIOUS.tag}: raise the version of package.json.`]),
    ...(commit.endsWith('-changed') ? ['The tree differs from its commit: commit or undo the changes.'] : []),
    ...(!tests ? ['No whole run of the tests is known: npm test.'] : []),
    ...(tests && tests.commit !== commit ? [`The tests ran on ${tests.commit}, and this is ${commit}: npm test.`] : []),
    ...(tests?.failed ? [`${tests.failed} tests failed: ${tests.failures[0]}`] : []),
    ...unsaid.map(
      ({ path, contracts }) =>
        `${path} ${contracts.join(', ')}, and says that ${PREVIOUS.tag} goes with it: name the first that does, "-- oldest: x.y.z".`,
    ),
    ...(riskApproval ? [] : ['Nobody answers for the risk: --risk-approval "who, when".']),
    ...(opsApproval ? [] : ['Operations have not agreed: --ops-approval "who, when".']),
  ];
}

const isAfter = (left, right) => compareVersions(left, right) > 0;

/** Settings that turn something on or off, with their defaults, from the generated page. */
export function flagsIn(page) {
  return [...page.matchAll(/^\| `(\w+)`[^|]*\| boolean \| `(\w+)` \|/gm)].map(([, name, value]) => ({
    name,
    default: value === 'true',
  }));
}

async function gather(approvals) {
  const { version, commit } = await thisRelease();
  if (commit === undefined) throw new Error('an archive is no release: run it in a clone');
  const read = (path) => readFileSync(join(ROOT, path), 'utf8');
  return evidenceOf({
    version,
    commit,
    suite: readJson(suiteFile(), null),
    migrations: migrationsSince(await previousCommit()),
    schema: schemaVersion(allMigrations()),
    accepted: JSON.parse(read('tools/release/accepted-breaks.json')),
    flags: flagsIn(read('docs/generated/settings.md')),
    approvals,
  });
}

async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string', default: localPath('release-evidence.yaml') },
      'risk-approval': { type: 'string' },
      'ops-approval': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return (process.stdout.write(`${USAGE}\n`), 0);
  const evidence = await gather({ risk: values['risk-approval'], ops: values['ops-approval'] });
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, stringify(evidence, { lineWidth: 0 }));
  process.stdout.write(`${evidence.releaseId}: ${relative(process.cwd(), values.out)}\n`);
  const missing = lacking(evidence);
  for (const sentence of missing) process.stderr.write(`${sentence}\n`);
  return missing.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    process.exitCode = 2;
  }
}
