import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { PostgresConfig } from '@nx/config';

const DATE = 1082;
const NUMERIC_ARRAY = 1231;
const TEXT_ARRAY = 1009;

/** Longest wait for the answer of one statement: a dead network must not hold a connection for ever. */
const ANSWER_TIMEOUT_MS = 60_000;

export interface PoolOptions {
  postgres: Readonly<PostgresConfig>;
  applicationName: string;
  /** Sent when a connection is made; role defaults serve where PgBouncer stands between. */
  searchPath?: string;
}

/** `date` stays text (a Date would be midnight of this machine), numeric arrays stay exact. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): ((value: string) => unknown) => {
    if (oid === DATE) return (text) => text;
    return pg.types.getTypeParser(oid === NUMERIC_ARRAY ? TEXT_ARRAY : oid, format) as (value: string) => unknown;
  },
};

function tlsOf(url: URL): pg.PoolConfig['ssl'] {
  const mode = url.searchParams.get('sslmode');
  if (mode === null || mode === 'disable' || mode === 'prefer' || mode === 'allow') return undefined;
  return mode === 'no-verify' ? { rejectUnauthorized: false } : true;
}

/** Where a password comes from: its file is read anew for each connection, so that a rotation needs no restart. */
function passwordOf(postgres: Readonly<PostgresConfig>, url: URL): string | (() => Promise<string>) {
  const { passwordFile, urlFile } = postgres;
  if (passwordFile !== undefined) return async () => (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '');
  if (urlFile !== undefined) {
    return async () => decodeURIComponent(new URL((await readFile(urlFile, 'utf8')).trim()).password);
  }
  return decodeURIComponent(url.password);
}

/** Connection settings of one address, without an attempt to connect. */
export function connectionOptions(options: PoolOptions): pg.ClientConfig {
  const { postgres, applicationName, searchPath } = options;
  const url = new URL(postgres.url);
  const tls = tlsOf(url);
  return {
    host: url.searchParams.get('host') ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ''),
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: passwordOf(postgres, url),
    database: decodeURIComponent(url.pathname.slice(1)),
    application_name: applicationName,
    connectionTimeoutMillis: postgres.connectTimeoutMs,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    types,
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(searchPath === undefined ? {} : { options: `-c search_path=${searchPath.replaceAll(' ', '')}` }),
  };
}

/** The process's one pool. It connects when it is used. */
export function createPool(options: PoolOptions): pg.Pool {
  const { postgres } = options;
  return new pg.Pool({
    ...connectionOptions(options),
    max: postgres.poolMax,
    min: postgres.poolMin,
    idleTimeoutMillis: postgres.idleMs,
    maxLifetimeSeconds: Math.ceil(postgres.maxLifetimeMs / 1000),
  });
}
