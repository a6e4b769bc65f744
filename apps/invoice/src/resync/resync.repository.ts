import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@nx/persistence';
import { SYSTEM_ACTOR } from '../invoices/invoice-trail';
import type { Resync, ResyncProgress } from './resync';

interface Row {
  id: string;
  merchant_ids: string[] | null;
  dry_run: boolean;
  reason: string;
  requested_by: string;
  request_id: string | null;
  state: Resync['state'];
  topics: string[];
  records: string;
  unreadable: string;
  unread: string;
  differing: string;
  changed: string;
  differences: Resync['differences'];
  missing: string[];
  error: string | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

/** What a new reading is told. */
export type NewResync = Pick<Resync, 'id' | 'merchantIds' | 'dryRun' | 'reason' | 'requestedBy' | 'requestId'>;

/** What the last whole reading has found. */
export interface Drift {
  readonly merchants: number;
  readonly at: Date;
}

const COLUMNS = `id, merchant_ids, dry_run, reason, requested_by, request_id, state, topics, records, unreadable, unread,
  differing, changed, differences, missing, error, created_at, started_at, finished_at`;

/** Finished checks are kept for so long. */
const KEEP_CHECKS = '7 days';

/** SQL of "CdcResync". */
@Injectable()
export class ResyncRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, resync: NewResync, now: Date): Promise<void> {
    const { id, merchantIds, dryRun, reason, requestedBy, requestId } = resync;
    await tx.execute(
      `INSERT INTO "CdcResync" (id, merchant_ids, dry_run, reason, requested_by, request_id, state, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, 'QUEUED', $7)`,
      [id, merchantIds, dryRun, reason, requestedBy, requestId, now],
    );
  }

  /** Asks for a check of the whole feed where none was asked for since `after`; any number of workers may say so. */
  async askForCheck(id: string, now: Date, after: Date): Promise<void> {
    await this.database.execute(
      `INSERT INTO "CdcResync" (id, dry_run, reason, requested_by, state, created_at)
       SELECT $1, true, 'the check that comes by itself', $2, 'QUEUED', $3
       WHERE NOT EXISTS (SELECT 1 FROM "CdcResync" WHERE requested_by = $2 AND created_at > $4)
       ON CONFLICT DO NOTHING`,
      [id, SYSTEM_ACTOR, now, after],
    );
    await this.database.execute(
      `DELETE FROM "CdcResync" WHERE requested_by = $1 AND finished_at < $2::timestamptz - interval '${KEEP_CHECKS}'`,
      [SYSTEM_ACTOR, now],
    );
  }

  async find(id: string, tx?: Tx): Promise<Resync | undefined> {
    const [row] = await (tx ?? this.database).query<Row>(`SELECT ${COLUMNS} FROM "CdcResync" WHERE id = $1`, [id]);
    return row === undefined ? undefined : toResync(row);
  }

  /** The newest ones. */
  async latest(limit: number): Promise<Resync[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM "CdcResync" ORDER BY created_at DESC, id DESC LIMIT $1`,
      [limit],
    );
    return rows.map(toResync);
  }

  /** The next one to be read; one whose worker died begins again. What people asked for comes before checks. */
  async take(tx: Tx, now: Date): Promise<Resync | undefined> {
    const [row] = await tx.query<Row>(
      `UPDATE "CdcResync" SET state = 'RUNNING', started_at = $1, records = 0, unreadable = 0
       WHERE id = (SELECT id FROM "CdcResync" WHERE state IN ('QUEUED', 'RUNNING')
                   ORDER BY requested_by = $2, created_at, id LIMIT 1 FOR UPDATE)
       RETURNING ${COLUMNS}`,
      [now, SYSTEM_ACTOR],
    );
    return row === undefined ? undefined : toResync(row);
  }

  async progress(id: string, records: number): Promise<void> {
    await this.database.execute(`UPDATE "CdcResync" SET records = $2 WHERE id = $1 AND state = 'RUNNING'`, [
      id,
      records,
    ]);
  }

  async changed(tx: Tx, id: string): Promise<void> {
    await tx.execute(`UPDATE "CdcResync" SET changed = changed + 1 WHERE id = $1`, [id]);
  }

  async done(tx: Tx, id: string, found: Omit<ResyncProgress, 'changed'>, now: Date): Promise<void> {
    const { topics, records, unreadable, unread, differing, differences, missing } = found;
    await tx.execute(
      `UPDATE "CdcResync" SET state = 'DONE', topics = $2, records = $3, unreadable = $4, unread = $5,
         differing = $6, differences = $7, missing = $8, finished_at = $9 WHERE id = $1 AND state = 'RUNNING'`,
      [id, topics, records, unreadable, unread, differing, JSON.stringify(differences), missing, now],
    );
  }

  async failed(id: string, error: string, now: Date): Promise<void> {
    await this.database.execute(
      `UPDATE "CdcResync" SET state = 'FAILED', error = $2, finished_at = $3 WHERE id = $1 AND state = 'RUNNING'`,
      [id, error, now],
    );
  }

  /** Of the last reading of the whole feed, what it has left as it was; undefined before the first. */
  async drift(): Promise<Drift | undefined> {
    const [row] = await this.database.query<{ merchants: string; at: Date }>(
      `SELECT greatest(differing - changed, 0) AS merchants, finished_at AS at FROM "CdcResync"
       WHERE merchant_ids IS NULL AND state = 'DONE' ORDER BY finished_at DESC LIMIT 1`,
    );
    return row === undefined ? undefined : { merchants: Number(row.merchants), at: row.at };
  }
}

const toResync = (row: Row): Resync => ({
  id: row.id,
  merchantIds: row.merchant_ids,
  dryRun: row.dry_run,
  reason: row.reason,
  requestedBy: row.requested_by,
  requestId: row.request_id,
  state: row.state,
  topics: row.topics,
  records: Number(row.records),
  unreadable: Number(row.unreadable),
  unread: Number(row.unread),
  differing: Number(row.differing),
  changed: Number(row.changed),
  differences: row.differences,
  missing: row.missing,
  error: row.error,
  createdAt: row.created_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
});
