import {
  idempotencyRunning,
  type IdempotencyOutcome,
  type IdempotencyPort,
  type IdempotencyRequest,
  type OnceRequest,
} from '@nx/http';
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

type Standing = Exclude<IdempotencyOutcome, { state: 'started' }>;

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
      const standing = standingOf(row, request);
      if (standing !== undefined) return standing;
      // The lock lapsed: whoever takes it over goes on with the ids that were chosen.
      const ids = await this.takeOver(request, runner);
      if (ids) return { state: 'started', ids };
    }
  }

  /** What became of the first use; undefined when the key is new, has lapsed, or its first run died. */
  async look(request: IdempotencyRequest, runner: Runner = this.database): Promise<Standing | undefined> {
    const row = await this.read(request, runner);
    return row === undefined || row.expired ? undefined : standingOf(row, request);
  }

  /**
   * Remembers the body of a success in the transaction of its effect, for an operation with `@Once`; nothing without a key. Of
   * two at once the second waits here for the first one's end. Throws `idempotency.in_progress` when the key is taken,
   * which rolls the second effect back; the interceptor then answers with what the first one has remembered.
   */
  async remember(tx: Tx, request: OnceRequest | undefined, body: unknown): Promise<void> {
    if (request === undefined) return;
    const written = await tx.execute(
      `INSERT INTO ${this.table} AS k (scope, operation, key, fingerprint, expires_at, status, http_status, body)
       VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond', 'DONE', $6, $7::jsonb)
       ON CONFLICT (scope, operation, key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, status = 'DONE',
         http_status = EXCLUDED.http_status, body = EXCLUDED.body, expires_at = EXCLUDED.expires_at
       WHERE k.expires_at <= clock_timestamp()
          OR (k.status = 'RUNNING' AND k.locked_until <= clock_timestamp() AND k.fingerprint = EXCLUDED.fingerprint)`,
      [...place(request), request.fingerprint, this.ttlMs, request.status, JSON.stringify(body ?? null)],
    );
    if (written === 0) throw idempotencyRunning(1);
  }

  /** Keeps ids that a retry must go on with, and the key for another 15 s: who keeps something is alive. */
  async keepIds(
    request: IdempotencyRequest,
    ids: Readonly<Record<string, string>>,
    runner: Runner = this.database,
  ): Promise<void> {
    await runner.execute(
      `UPDATE ${this.table} SET ids = ids || $4::jsonb,
         locked_until = greatest(locked_until, clock_timestamp() + interval '${LOCK_SECONDS} seconds')
        WHERE scope = $1 AND operation = $2 AND key = $3 AND status = 'RUNNING'`,
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

/** What a key that has not lapsed says; undefined = its first run died, so whoever comes goes on. */
function standingOf(row: KeyRow, request: IdempotencyRequest): Standing | undefined {
  if (row.fingerprint !== request.fingerprint) return { state: 'reused' };
  if (row.status === 'DONE') return { state: 'done', status: row.http_status ?? 200, body: row.body };
  if (row.left_seconds > 0) return { state: 'running', retryAfterSeconds: Math.ceil(row.left_seconds) };
  return undefined;
}

function place(request: IdempotencyRequest): [string, string, string] {
  return [request.scope, request.operation, request.key];
}
