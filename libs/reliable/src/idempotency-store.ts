import type { IdempotencyOutcome, IdempotencyPort, IdempotencyRequest } from '@nx/http';
import type { Database, Tx } from '@nx/persistence';
import { tablesOf, type MainSchema } from './schema';

/** A first use holds its key for so long; then its process is taken to have died. */
const LOCK_SECONDS = 15;

interface KeyRow {
  fingerprint: string;
  status: 'RUNNING' | 'DONE';
  ids: Record<string, string>;
  http_status: number | null;
  body: unknown;
  left_seconds: number;
  expired: boolean;
}

type Runner = Pick<Database, 'query' | 'execute'> | Tx;

/** Idempotency keys as rows: RUNNING, then DONE. Every method may run inside the operation's own transaction. */
export class IdempotencyStore implements IdempotencyPort {
  private readonly table: string;

  constructor(
    private readonly database: Database,
    schema: MainSchema,
    private readonly ttlMs: number,
  ) {
    this.table = tablesOf(schema).idempotency;
  }

  /** Takes the key for 15 s, or says what became of its first use. */
  async begin(request: IdempotencyRequest, runner: Runner = this.database): Promise<IdempotencyOutcome> {
    for (;;) {
      if (await this.insert(request, runner)) return { state: 'started' };
      const row = await this.read(request, runner);
      if (!row) continue;
      if (row.expired) {
        await runner.execute(
          `DELETE FROM ${this.table} WHERE scope = $1 AND operation = $2 AND key = $3 AND expires_at <= clock_timestamp()`,
          place(request),
        );
        continue;
      }
      if (row.fingerprint !== request.fingerprint) return { state: 'reused' };
      if (row.status === 'DONE') return { state: 'done', status: row.http_status ?? 200, body: row.body };
      if (row.left_seconds > 0) return { state: 'running', retryAfterSeconds: Math.ceil(row.left_seconds) };
      // The lock lapsed: whoever takes it over goes on with the ids that were chosen.
      const ids = await this.takeOver(request, runner);
      if (ids) return { state: 'started', ids };
    }
  }

  /** Keeps ids that a retry must go on with. */
  async keepIds(
    request: IdempotencyRequest,
    ids: Readonly<Record<string, string>>,
    runner: Runner = this.database,
  ): Promise<void> {
    await runner.execute(
      `UPDATE ${this.table} SET ids = ids || $4::jsonb WHERE scope = $1 AND operation = $2 AND key = $3 AND status = 'RUNNING'`,
      [...place(request), JSON.stringify(ids)],
    );
  }

  /** Remembers a 2xx answer. */
  async complete(
    request: IdempotencyRequest,
    answer: { readonly status: number; readonly body: unknown },
    runner: Runner = this.database,
  ): Promise<void> {
    const body = answer.body === undefined ? null : JSON.stringify(answer.body);
    await runner.execute(
      `UPDATE ${this.table} SET status = 'DONE', http_status = $4, body = $5::jsonb
        WHERE scope = $1 AND operation = $2 AND key = $3 AND status = 'RUNNING'`,
      [...place(request), answer.status, body],
    );
  }

  /** Leaves no trace of a refused request. */
  async release(request: IdempotencyRequest, runner: Runner = this.database): Promise<void> {
    await runner.execute(
      `DELETE FROM ${this.table} WHERE scope = $1 AND operation = $2 AND key = $3 AND status = 'RUNNING' AND fingerprint = $4`,
      [...place(request), request.fingerprint],
    );
  }

  /** Frees the lock and keeps the ids: the outcome is not known yet, and a retry goes on with the same attempt. */
  async unlock(request: IdempotencyRequest, runner: Runner = this.database): Promise<void> {
    await runner.execute(
      `UPDATE ${this.table} SET locked_until = now() WHERE scope = $1 AND operation = $2 AND key = $3 AND status = 'RUNNING'`,
      place(request),
    );
  }

  private async insert(request: IdempotencyRequest, runner: Runner): Promise<boolean> {
    const inserted = await runner.execute(
      `INSERT INTO ${this.table} (scope, operation, key, fingerprint, locked_until, expires_at)
       VALUES ($1, $2, $3, $4, clock_timestamp() + interval '${LOCK_SECONDS} seconds',
               clock_timestamp() + $5 * interval '1 millisecond')
       ON CONFLICT (scope, operation, key) DO NOTHING`,
      [...place(request), request.fingerprint, this.ttlMs],
    );
    return inserted === 1;
  }

  private async read(request: IdempotencyRequest, runner: Runner): Promise<KeyRow | undefined> {
    const [row] = await runner.query<KeyRow>(
      `SELECT fingerprint, status, ids, http_status, body, expires_at <= clock_timestamp() AS expired,
              EXTRACT(epoch FROM locked_until - clock_timestamp())::float8 AS left_seconds
         FROM ${this.table} WHERE scope = $1 AND operation = $2 AND key = $3`,
      place(request),
    );
    return row;
  }

  private async takeOver(request: IdempotencyRequest, runner: Runner): Promise<Record<string, string> | undefined> {
    const [row] = await runner.query<{ ids: Record<string, string> }>(
      `UPDATE ${this.table} SET locked_until = clock_timestamp() + interval '${LOCK_SECONDS} seconds'
        WHERE scope = $1 AND operation = $2 AND key = $3 AND status = 'RUNNING' AND locked_until <= clock_timestamp()
        RETURNING ids`,
      place(request),
    );
    return row?.ids;
  }
}

function place(request: IdempotencyRequest): [string, string, string] {
  return [request.scope, request.operation, request.key];
}
