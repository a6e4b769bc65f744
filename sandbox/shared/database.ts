import { Pool } from 'pg';
import { SandboxError } from './errors';
import { pause } from './pause';

export type Row = Readonly<Record<string, unknown>>;

/** PostgreSQL for the two schemas that the sandbox owns in a site's place. May be away at the start and come later. */
export class Database {
  private readonly pool: Pool | undefined;
  private problem: string | undefined;
  private ready = false;

  constructor(
    url: string | undefined,
    private readonly stop: AbortSignal,
  ) {
    this.pool =
      url === undefined ? undefined : new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 2_000 });
    this.pool?.on('error', (error) => {
      this.problem = error.message;
    });
  }

  get configured(): boolean {
    return this.pool !== undefined;
  }

  /** Runs `prepare` until it has worked once, in the background. */
  async keepTrying(prepare: () => Promise<void>): Promise<void> {
    while (this.pool !== undefined && !this.stop.aborted && !this.ready) {
      try {
        await prepare();
        this.ready = true;
        this.problem = undefined;
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
        await pause(500, this.stop);
      }
    }
  }

  /** Throws SandboxError 503 with the server's reason when the statement cannot be run. */
  async query(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    if (this.pool === undefined)
      throw new SandboxError(503, 'SANDBOX_POSTGRES_URL is not set, so this row cannot be written');
    try {
      const result = await this.pool.query<Record<string, unknown>>(sql, [...values]);
      return result.rows;
    } catch (error) {
      throw new SandboxError(503, `PostgreSQL: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  state(): { configured: boolean; ready: boolean; problem: string | undefined } {
    return { configured: this.configured, ready: this.ready, problem: this.problem };
  }

  async close(): Promise<void> {
    await this.pool?.end();
  }
}
