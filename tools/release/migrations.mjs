import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../infra/paths.mjs';

/** Of git: every file of SQL in a folder `migrations`, wherever it lies. */
const MIGRATIONS = ':(glob)**/migrations/**/*.sql';

/** What takes something from those who use the schema as it was; by the name of what it does. */
const CONTRACTING = [
  ['drops a table', /\bDROP\s+TABLE\b/i],
  ['drops a column', /\bDROP\s+COLUMN\b/i],
  ['drops a view', /\bDROP\s+(MATERIALIZED\s+)?VIEW\b/i],
  ['renames', /\bALTER\s+TABLE\b[^;]*\bRENAME\b/i],
  ['asks for a value', /\bSET\s+NOT\s+NULL\b/i],
  ['changes a type', /\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i],
  [
    'adds a column that has to be given',
    /\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:(?!\bDEFAULT\b|\bGENERATED\b|,|;)[\s\S])*\bNOT\s+NULL\b(?:(?!\bDEFAULT\b|\bGENERATED\b|,|;)[\s\S])*(?=[,;]|$)/i,
  ],
];

/**
 * What in a migration the release before it may stumble over, in words; empty for one that only expands. Comments and
 * bodies of functions do not count: these run when they are called.
 * @param {string} sql
 * @returns {string[]}
 */
export function contractions(sql) {
  const statements = sql
    .replace(/--.*$/gm, '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replace(/'(?:[^']|'')*'/g, "''");
  return CONTRACTING.filter(([, pattern]) => pattern.test(statements)).map(([what]) => what);
}

/**
 * Migrations of this tree that a commit does not have, in the order in which they run: `{path, contracts, oldest}`. `oldest` is
 * the first release that goes with it, by its header.
 */
export function migrationsSince(commit) {
  const args = ['diff', '--name-only', '--diff-filter=A', commit, '--', MIGRATIONS];
  return lines(args)
    .sort((left, right) => (basename(left) < basename(right) ? -1 : 1))
    .map((path) => {
      const sql = readFileSync(join(ROOT, path), 'utf8');
      return { path, contracts: contractions(sql), oldest: /^--\s*oldest:\s*(\S+)/m.exec(sql)?.[1] };
    });
}

/** `YYYY.MM.DD-NNN`: the day of the newest migration, and which of that day's it is. */
export function schemaVersion(paths) {
  const names = paths.map((path) => basename(path)).sort();
  const day = names.at(-1)?.slice(0, 8) ?? '00000000';
  const count = names.filter((name) => name.startsWith(day)).length;
  return `${day.slice(0, 4)}.${day.slice(4, 6)}.${day.slice(6)}-${String(count).padStart(3, '0')}`;
}

/** All migrations of this tree. */
export function allMigrations() {
  return lines(['ls-files', '--', MIGRATIONS]);
}

const lines = (args) =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
