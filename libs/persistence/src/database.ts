import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresConfig } from '@nx/config';
import { failPoint, failPointsOn, writtenBy } from '@nx/fail-points';
import type { Counter, Logger, Metrics } from '@nx/observability';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import {
  CommitOutcomeUnknownError,
  isDiskFull,
  isLostToAnother,
  isInfrastructureError,
  ReadOnlyDatabaseError,
  TransactionLostError,
} from './database-errors';
import { FrequentStatements } from './frequent-statements';
import { HeldClient } from './held-client';
import { LeakWatch } from './leak-watch';
import { createPool } from './pool';
import { beginMarked, statusOf, type TransactionMark } from './transaction-status';
import { PgTx, type Tx } from './tx';

/** Classes or schemas of TypeORM entities. */
export type Entities = (Function | EntitySchema)[]; // oxlint-disable-line typescript/no-unsafe-function-type

/** A named prepared statement over the pool: parsed and planned once per connection. */
export interface Statement<R extends object> {
  run(params: readonly unknown[], tx?: Tx): Promise<R[]>;
}

export interface DatabaseOptions {
  postgres: Readonly<PostgresConfig>;
  applicationName: string;
  entities?: Entities;
  searchPath?: string;
  logger: Logger;
  metrics?: Metrics;
}

const RETRY_MS = 1000;
/** Of a statement that loses against others; the winner gets some time to finish before each further one. */
const MOST_TRIES = 3;
const AFTER_LOSS_MS = 50;

/** The first 8 hexadecimal digits of a WAL file's name. A standby writes none: it fails there, and the gauge is left out. */
const TIMELINE = `SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int AS timeline`;

/** How often the server is asked what became of a transaction whose COMMIT was not answered. */
const FIND_OUT_EVERY_MS = 50;

/** PostgreSQL through one pool: transactions, statements, and TypeORM over the same connections. */
export class Database {
  readonly dataSource: DataSource;
  private readonly pool: Pool;
  private readonly leaks: LeakWatch;
  private readonly statements = new Map<string, string>();
  private readonly frequent = new FrequentStatements();
  private readonly logger: Logger;
  private readonly lastWork: (() => Promise<void>)[] = [];
  private readonly lostCommits: Counter | undefined;
  private starting: Promise<void> | undefined;
  private stopped = false;
  private diskWasFull = false;

  constructor(private readonly options: DatabaseOptions) {
    this.logger = options.logger;
    this.pool = createPool(options);
    // A server that ends a connection may say so in the packet that hands it out, before anybody listens on it: without
    // a listener of its own from the start that ends the process. Whoever holds it is told by the next statement.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
    this.pool.on('error', (error) => this.logger.warn('an idle database connection broke', { error }));
    this.leaks = new LeakWatch(options.postgres.leakMs, (what, heldMs) =>
      this.logger.warn('a database connection is held for too long', { what, heldMs }),
    );
    this.dataSource = new DataSource({
      type: 'postgres',
      entities: options.entities ?? [],
      synchronize: false,
      migrationsRun: false,
      logging: false,
      installExtensions: false,
      driver: { Pool: sharedPool(this.pool) },
    });
    this.lostCommits = options.metrics?.counter(
      'postgres_lost_commits_total',
      'Transactions whose COMMIT was not answered, by what the server said about them afterwards',
      ['outcome'],
    );
    this.measure();
  }

  /**
   * Connects TypeORM. Resolves also when PostgreSQL is away: it is tried again until it answers.
   * @throws what is no fault of the infrastructure: a wrong entity, a database that does not exist
   */
  async start(): Promise<void> {
    try {
      await this.initialise();
    } catch (error) {
      if (!isInfrastructureError(error)) throw error;
      this.logger.warn('PostgreSQL cannot be reached; trying again', { error });
      void this.keepTrying();
    }
  }

  /**
   * Runs `work` in a transaction: committed when it resolves, rolled back when it throws. Its name is for those who
   * look at it from outside: the watch for leaks, and fail points (there it is what it writes first, by default).
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, name?: string): Promise<T> {
    return this.within(beginMarked, work, name);
  }

  /** Runs `work` over one state of the database, which others may change meanwhile. It cannot write. */
  snapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.within(
      async (client) => {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        return undefined;
      },
      work,
      'snapshot',
    );
  }

  private async within<T>(
    begin: (client: PoolClient) => Promise<TransactionMark | undefined>,
    work: (tx: Tx) => Promise<T>,
    name?: string,
  ): Promise<T> {
    if (!this.dataSource.isInitialized) await this.initialise();
    const held = await this.checkOut(name ?? 'transaction');
    const { client } = held;
    let tx: PgTx | undefined;
    try {
      const mark = await begin(client);
      tx = new PgTx(client, this.dataSource, this.frequent);
      const result = await work(tx);
      tx.close();
      const written = tx.written === undefined ? undefined : (name ?? tx.written);
      await this.passing(written, () => this.commit(held, mark));
      held.giveBack();
      for (const hook of tx.takeHooks()) this.runHook(hook);
      return result;
    } catch (error) {
      tx?.close();
      await this.rollBack(held);
      throw this.noted(error);
    }
  }

  async query<R extends object>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    return (await this.unnamed(sql, params)).rows as R[];
  }

  async execute(sql: string, params: readonly unknown[] = []): Promise<number> {
    return (await this.unnamed(sql, params)).rowCount ?? 0;
  }

  /**
   * A statement that is prepared from its first use on, under a name of at most 63 bytes; others are when they have shown
   * that they come often (`FrequentStatements`). The text lists its columns: `*` fails after ADD COLUMN.
   * `kind` is what fail points call it, where one step has several texts.
   * @throws Error when the name is taken by another text
   */
  statement<R extends object>(name: string, sql: string, kind = name): Statement<R> {
    if (Buffer.byteLength(name) > 63) throw new Error(`statement name ${name} is longer than 63 bytes`);
    const known = this.statements.get(name);
    if (known !== undefined && known !== sql) throw new Error(`two statements are called ${name}`);
    this.statements.set(name, sql);
    const written = writtenBy(sql) === undefined ? undefined : kind;
    return {
      run: async (params, tx) => {
        const config = { name, text: sql, values: [...params] };
        if (tx === undefined) {
          return (await this.alone(written, () => this.pool.query(config))).rows as R[];
        }
        if (!(tx instanceof PgTx)) throw new Error('a transaction of another database was handed in');
        return (await tx.run(config, kind)).rows as R[];
      },
    };
  }

  /**
   * Costs one look while all is well. After a write that found the disk full it writes a page, and takes it back.
   * @throws when the database does not answer or does not take writes
   */
  async ping(): Promise<void> {
    if (this.diskWasFull) await this.probeSpace();
    const [row] = await this.query<{ read_only: boolean }>(
      `SELECT current_setting('transaction_read_only') = 'on' AS read_only`,
    );
    if (row?.read_only !== false) throw new ReadOnlyDatabaseError();
  }

  /** Connections of this process. */
  poolState(): { total: number; idle: number; waiting: number; max: number } {
    const { totalCount: total, idleCount: idle, waitingCount: waiting } = this.pool;
    return { total, idle, waiting, max: this.options.postgres.poolMax };
  }

  /** Work for the very end: it still has the database, nothing that starts later has. */
  beforeStop(work: () => Promise<void>): void {
    this.lastWork.push(work);
  }

  /** Does the last work, waits for running statements and closes all connections. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    for (const work of this.lastWork) {
      await work().catch((error: unknown) => this.logger.warn('work at the stop failed', { error }));
    }
    this.leaks.stop();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.pool.end();
  }

  private unnamed(sql: string, params: readonly unknown[]): Promise<QueryResult> {
    const written = failPointsOn() ? writtenBy(sql) : undefined;
    const config = this.frequent.configOf(sql, params);
    return this.alone(written, () => this.pool.query(config));
  }

  /** A statement that commits by itself. One that lost a deadlock has done nothing, so it is tried again. */
  private async alone<T>(written: string | undefined, statement: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.passing(written, statement);
      } catch (error) {
        if (!isLostToAnother(error) || tries === MOST_TRIES) throw error;
        this.logger.warn('a statement lost against another transaction and is repeated', { error });
        await pause(AFTER_LOSS_MS * tries);
      }
    }
  }

  /** What writes outside a transaction commits by itself, so it lies between two fail points; so does a COMMIT. */
  private async passing<T>(written: string | undefined, work: () => Promise<T>): Promise<T> {
    const noted = (): Promise<T> =>
      work().catch((error: unknown) => {
        throw this.noted(error);
      });
    if (written === undefined || !failPointsOn()) return noted();
    failPoint('commit', 'before', written);
    const result = await noted();
    failPoint('commit', 'after', written);
    return result;
  }

  /** Remembers that the disk was full: reads and small changes may go on for long, and nothing new can be stored. */
  private noted(error: unknown): unknown {
    if (isDiskFull(error)) this.diskWasFull = true;
    return error;
  }

  /** @throws SQLSTATE 53100 while there is no space for a page */
  private async probeSpace(): Promise<void> {
    const held = await this.checkOut('write probe');
    try {
      await held.client.query('BEGIN');
      await held.client.query(`INSERT INTO platform."WriteProbe" (filler) VALUES (repeat('x', 8000))`);
      this.diskWasFull = false;
    } finally {
      await this.rollBack(held);
    }
  }

  private initialise(): Promise<void> {
    if (this.dataSource.isInitialized) return Promise.resolve();
    this.starting ??= this.dataSource
      .initialize()
      .then(() => this.checkPoolSize())
      .finally(() => {
        this.starting = undefined;
      });
    return this.starting;
  }

  private async keepTrying(): Promise<void> {
    while (!this.stopped && !this.dataSource.isInitialized) {
      await pause(RETRY_MS, undefined, { ref: false });
      await this.initialise().catch((error: unknown) => {
        if (!isInfrastructureError(error)) this.logger.error('the data source does not start', { error });
      });
    }
    if (!this.stopped) this.logger.info('PostgreSQL is reachable again');
  }

  private async checkPoolSize(): Promise<void> {
    const [row] = await this.query<{ most: number }>(
      `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most`,
    );
    const { poolMax } = this.options.postgres;
    if (row && poolMax > row.most) {
      this.logger.warn('the pool is larger than the server allows', { poolMax, serverLimit: row.most });
    }
  }

  private async checkOut(what: string): Promise<HeldClient> {
    const client = await this.pool.connect();
    return new HeldClient(client, this.leaks.take(what));
  }

  /**
   * Commits. When the connection breaks meanwhile, the server is asked what became of the transaction: nobody assumes.
   * @throws CommitOutcomeUnknownError when the server cannot be asked, TransactionLostError when nothing of it stands
   */
  private async commit(held: HeldClient, mark: TransactionMark | undefined): Promise<void> {
    let outcome: { command: string };
    try {
      outcome = await held.client.query('COMMIT');
    } catch (error) {
      if (mark === undefined || !isInfrastructureError(error)) throw error;
      held.giveBack(error instanceof Error ? error : new Error('the commit failed'));
      await this.findOut(mark, error);
      return;
    }
    // The server answers a COMMIT of a failed transaction with ROLLBACK and no error.
    if (outcome.command !== 'COMMIT')
      throw new Error('the transaction was rolled back: a failed statement was ignored');
  }

  /** Returns when the transaction stands. A server that cannot be reached is asked for as long as connecting may take. */
  private async findOut(mark: TransactionMark, cause: unknown): Promise<void> {
    const deadlineMs = performance.now() + this.options.postgres.connectTimeoutMs;
    let status = await statusOf(this.pool, mark);
    while (status !== 'committed' && status !== 'aborted' && !this.stopped && performance.now() < deadlineMs) {
      await pause(FIND_OUT_EVERY_MS);
      status = await statusOf(this.pool, mark);
    }
    const outcome = status === 'committed' || status === 'aborted' ? status : 'unknown';
    this.lostCommits?.inc({ outcome });
    this.logger.warn('a connection was lost during COMMIT', { outcome });
    if (outcome === 'aborted') throw new TransactionLostError(cause);
    if (outcome === 'unknown') throw new CommitOutcomeUnknownError(cause);
  }

  private async rollBack(held: HeldClient): Promise<void> {
    if (held.returned) return;
    try {
      await held.client.query('ROLLBACK');
      held.giveBack();
    } catch (error) {
      held.giveBack(error instanceof Error ? error : new Error('rollback failed'));
    }
  }

  private runHook(hook: () => void): void {
    try {
      hook();
    } catch (error) {
      this.logger.error('work after a commit failed', { error });
    }
  }

  private measure(): void {
    const { metrics } = this.options;
    metrics?.gauge('postgres_pool_connections', 'Connections of the pool by state', ['state'], (gauge) => {
      const state = this.poolState();
      gauge.set({ state: 'idle' }, state.idle);
      gauge.set({ state: 'busy' }, state.total - state.idle);
      gauge.set({ state: 'waiting' }, state.waiting);
      gauge.set({ state: 'max' }, state.max);
    });
    const help = 'Timeline of the server that takes our writes: it grows by one with each failover';
    metrics?.gauge('postgres_timeline', help, [], async (gauge) => {
      const [row] = await this.query<{ timeline: number }>(TIMELINE);
      gauge.set(row?.timeline ?? 0);
    });
  }
}

/** What TypeORM takes for `pg.Pool`: it gets ours, and cannot end it. */
function sharedPool(pool: Pool): new () => object {
  return class SharedPool {
    connect(done: Parameters<Pool['connect']>[0]): void {
      pool.connect(done);
    }

    on(): this {
      return this;
    }

    end(done: () => void): void {
      done();
    }
  };
}
