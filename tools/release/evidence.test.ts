import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../infra/paths.mjs';
import { evidenceOf, flagsIn, lacking, type Facts } from './evidence.mjs';
import { allMigrations, contractions, migrationsSince, schemaVersion } from './migrations.mjs';
import { PREVIOUS, previousCommit } from './previous-release.mjs';

const suite = {
  command: 'npm test',
  commit: 'abc',
  endedAt: '2026-11-22T00:00:00.000Z',
  seconds: 900,
  passed: 9000,
  failures: [],
};
const ready: Facts = {
  version: '9.0.0',
  commit: 'abc',
  suite,
  migrations: [{ path: 'apps/payment/migrations/1_more.sql', contracts: [], oldest: '0.1.0' }],
  schema: '2026.11.22-001',
  accepted: {},
  flags: [],
  approvals: { risk: 'An, 2026-11-22', ops: 'Bình, 2026-11-22' },
};
const lackOf = (change: Partial<Facts>): string[] => lacking(evidenceOf({ ...ready, ...change }));
const drop = (oldest: string) => [
  { path: 'apps/payment/migrations/2_less.sql', contracts: ['drops a column'], oldest },
];

describe('the evidence of a release', () => {
  it('lacks nothing when all is there', () => {
    expect(lackOf({})).toEqual([]);
    expect(evidenceOf(ready)).toMatchObject({
      releaseId: 'v9.0.0',
      migration: { kind: 'expand', since: PREVIOUS.tag, files: ['apps/payment/migrations/1_more.sql'] },
      tests: { passed: 9000, failed: 0 },
      rollbackPlan: { to: PREVIOUS.tag, schema: 'stays; the release before runs on it' },
    });
  });

  it.each<[string, Partial<Facts>, RegExp]>([
    ['a version of its own', { version: PREVIOUS.tag.slice(1) }, /does not come after .*raise the version/],
    ['a clean tree', { commit: 'abc-changed', suite: { ...suite, commit: 'abc-changed' } }, /The tree differs/],
    ['tests', { suite: null }, /No whole run of the tests is known: npm test/],
    ['tests of this commit', { suite: { ...suite, commit: 'abd' } }, /ran on abd, and this is abc/],
    ['green tests', { suite: { ...suite, failures: ['a.test.ts: x: y'] } }, /1 tests failed: a\.test\.ts: x: y/],
    ['somebody for the risk', { approvals: { ops: 'Bình' } }, /risk/],
    ['operations', { approvals: { risk: 'An' } }, /Operations/],
    ['a word about what it takes away', { migrations: drop('0.1.0') }, /2_less\.sql drops a column, and says that/],
  ])('lacks %s', (_, change, sentence) => {
    expect(lackOf(change)).toEqual([expect.stringMatching(sentence)]);
  });

  it('says that there is no way back over a migration that excludes the release before', () => {
    const evidence = evidenceOf({ ...ready, migrations: drop('8.0.0') });
    expect(lacking(evidence)).toEqual([]);
    expect(evidence).toMatchObject({ migration: { kind: 'contract' }, rollbackPlan: { schema: /mend forward/ } });
  });

  it('names what can be turned on and off', () => {
    const page = readFileSync(join(ROOT, 'docs/generated/settings.md'), 'utf8');
    expect(flagsIn(page)).toContainEqual({ name: 'APP_ENV_WEBSOCKET_STRICT', default: false });
  });

  it('is written as YAML, and the command fails while something is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nx-evidence-'));
    const out = join(folder, 'release-evidence.yaml');
    const args = ['tools/release/evidence.mjs', '--out', out, '--risk-approval', 'An'];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    expect(stderr).toContain('Operations have not agreed: --ops-approval');
    expect(status).toBe(1);
    expect(parse(readFileSync(out, 'utf8'))).toMatchObject({
      riskApproval: 'An',
      opsApproval: null,
      schemaVersion: schemaVersion(allMigrations()),
    });
    rmSync(folder, { recursive: true });
    const wrong = spawnSync(process.execPath, ['tools/release/evidence.mjs', '--nonsense'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/--nonsense[\s\S]*usage: npm run/)]);
  });
});

describe('migrations', () => {
  it.each([
    ['CREATE TABLE t (id text NOT NULL);', []],
    ['ALTER TABLE t ADD COLUMN a text;', []],
    ['ALTER TABLE t ADD COLUMN a text NOT NULL DEFAULT 0;', []],
    ["-- DROP TABLE t\nSELECT 'DROP TABLE t';", []],
    ['CREATE FUNCTION f() AS $$ DROP TABLE t; $$;', []],
    ['ALTER FUNCTION f() RENAME TO g;', []],
    ['DROP TABLE IF EXISTS t;', ['drops a table']],
    ['ALTER TABLE t DROP COLUMN a;', ['drops a column']],
    ['ALTER TABLE t RENAME COLUMN a TO b;', ['renames']],
    ['ALTER TABLE t RENAME TO u;', ['renames']],
    ['DROP VIEW v;', ['drops a view']],
    ['ALTER TABLE t ALTER COLUMN a SET NOT NULL;', ['asks for a value']],
    ['ALTER TABLE t ALTER COLUMN a TYPE bigint;', ['changes a type']],
    ['ALTER TABLE t ADD COLUMN a text NOT NULL;', ['adds a column that has to be given']],
  ])('%s', (sql, expected) => expect(contractions(sql)).toEqual(expected));

  it('have a version by day and number', () => {
    expect(schemaVersion(['a/20261120100000_x.sql', 'b/20261121100000_y.sql', 'a/20261121090000_z.sql'])).toBe(
      '2026.11.21-002',
    );
  });

  it('of this release take nothing from the one before', async () => {
    const since = migrationsSince(await previousCommit());
    expect(since.length).toBeGreaterThan(0);
    expect(since.filter(({ contracts }) => contracts.length > 0)).toEqual([]);
  });
});
