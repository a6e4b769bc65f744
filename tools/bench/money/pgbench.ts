import { writeFileSync } from 'node:fs';
import { findPostgresBinaries } from '../../infra/postgres.mjs';
import { localPath } from '../../infra/paths.mjs';
import { findCommand, runOrFail } from '../../infra/shell.mjs';

/** Where a text holds it, every transaction of pgbench puts a number of its own that only grows. */
export const NUMBER = '§';

/** A text of SQL in which `NUMBER` is replaced by pgbench's variable; it may stand in the place of a parameter. */
export function numberedText(text: string): string {
  return `(${text.split(NUMBER).map(literal).join(' || :id || ')})`;
}

/** pgbench would take what follows a colon for one of its variables, so no colon is written as such. */
const literal = (text: string): string =>
  `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll(':', '\\x3a')}'`;

/** Puts texts into the places of `$1` and on; highest first, so that `$1` does not meet `$10`. */
export function withParameters(sql: string, values: readonly string[]): string {
  return values.reduceRight((text, value, at) => text.replaceAll(`$${at + 1}`, () => value), sql);
}

export interface PgbenchOptions {
  readonly databaseUrl: string;
  readonly clients: number;
  /** One statement, without the semicolon. A cast keeps its two colons: no variable begins with one. */
  readonly statement: string;
}

/** Runs one statement per commit by PostgreSQL's own load generator. Returns commits per second. */
export async function pgbench(options: PgbenchOptions, milliseconds: number): Promise<number> {
  const file = localPath('bench', 'pgbench.sql');
  // Later transactions of all clients have higher numbers, as the ids of the services have.
  const numbering = '\\set n :n + 1\n\\set id :base + :n * 64 + :client_id\n';
  writeFileSync(file, `${numbering}${options.statement.replaceAll(/\s*\n\s*/g, ' ')};\n`);
  const seconds = Math.max(2, Math.round(milliseconds / 1000));
  const base = BigInt(Math.round(performance.timeOrigin + performance.now())) * 1_000_000n;
  const args = ['--no-vacuum', '--protocol=prepared', `--file=${file}`, `--client=${options.clients}`, '--jobs=2'];
  const numbers = ['--define=n=0', `--define=base=${base}`];
  const output = await runOrFail(program(), [...args, ...numbers, `--time=${seconds}`], {
    env: { ...process.env, ...addressOf(options.databaseUrl) },
  });
  const found = /^tps = ([\d.]+)/m.exec(output)?.[1];
  if (found === undefined || /number of failed transactions: [1-9]/.test(output))
    throw new Error(`pgbench gave no rate:\n${output}`);
  return Number(found);
}

/** Not as an argument, which everybody on the machine could read. */
function addressOf(databaseUrl: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  };
}

function program(): string {
  const folder = findPostgresBinaries();
  const found = findCommand('pgbench', folder === null ? [] : [folder]);
  if (found === null) throw new Error('pgbench is not on this machine: apt-get install postgresql-contrib brings it');
  return found;
}
