import { failPointsOn, writtenBy } from '@nx/fail-points';
import type { DataSource, EntityManager } from 'typeorm';
import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import type { FrequentStatements } from './frequent-statements';

/** One open transaction. It is handed on explicitly: nothing runs in it by accident, nothing leaves it by accident. */
export interface Tx {
  /** Rows of a statement. bigint and numeric are strings, timestamptz is a Date, date is text, jsonb is parsed. */
  query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Number of rows that a statement changed. */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
  /** TypeORM's query builder and repositories, in this transaction. */
  readonly manager: EntityManager;
  /** Runs after a successful commit: nudges and pushes. What it throws is logged by the caller's own care, not ours. */
  afterCommit(work: () => void): void;
}

interface BoundRunner {
  databaseConnection?: unknown;
  isTransactionActive: boolean;
  transactionDepth: number;
}

/** The transaction over one client of the pool. */
export class PgTx implements Tx {
  /** What was written first; noted only for fail points. */
  written: string | undefined;
  private closed = false;
  private entityManager: EntityManager | undefined;
  private readonly hooks: (() => void)[] = [];

  constructor(
    private readonly client: PoolClient,
    private readonly dataSource: DataSource,
    private readonly frequent: FrequentStatements,
  ) {}

  async query<R extends object>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    return (await this.run(this.frequent.configOf(sql, params))).rows as R[];
  }

  async execute(sql: string, params: readonly unknown[] = []): Promise<number> {
    return (await this.run(this.frequent.configOf(sql, params))).rowCount ?? 0;
  }

  get manager(): EntityManager {
    this.assertOpen();
    if (!this.entityManager) {
      const runner = this.dataSource.createQueryRunner();
      // TypeORM takes a connection of its own unless the runner has one: this one is in our transaction already.
      const bound = runner as unknown as BoundRunner;
      bound.databaseConnection = this.client;
      bound.isTransactionActive = true;
      bound.transactionDepth = 1;
      this.entityManager = runner.manager;
    }
    return this.entityManager;
  }

  afterCommit(work: () => void): void {
    this.hooks.push(work);
  }

  /** `step` is what fail points call a statement that writes; by default it is named after what it writes first. */
  async run(config: QueryConfig, step?: string): Promise<QueryResult> {
    this.assertOpen();
    if (failPointsOn()) {
      const written = writtenBy(config.text);
      this.written ??= written === undefined ? undefined : (step ?? written);
    }
    return this.client.query(config);
  }

  /** After this no statement can slip out of the transaction any more. */
  close(): void {
    this.closed = true;
  }

  takeHooks(): readonly (() => void)[] {
    return this.hooks.splice(0);
  }

  private assertOpen(): void {
    if (this.closed) throw new Error('the transaction has ended; a statement came too late (an await is missing)');
  }
}
