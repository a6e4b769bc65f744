import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@nx/persistence';
import { STOPPED_BY, type FreezeOperation, type FreezeScope } from './freeze';
import type { FreezeView } from './freeze.dto';

export interface FreezeRow {
  readonly id: string;
  readonly scope_type: FreezeScope;
  readonly scope_value: string | null;
  readonly operation: FreezeOperation;
  readonly reason: string;
  readonly ticket: string;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly approved_by: string | null;
  readonly lifted_by: string | null;
  readonly lifted_at: Date | null;
  readonly lift_reason: string | null;
}

const COLUMNS = `id, scope_type, scope_value, operation, reason, ticket, created_by, created_at, expires_at, approved_by,
  lifted_by, lifted_at, lift_reason`;

export interface FreezeFilter {
  /** Null = both. */
  readonly active: boolean | null;
  readonly after: { readonly createdAtMs: number; readonly id: string } | undefined;
  readonly limit: number;
  readonly now: Date;
}

/** SQL of freezes. Every write moves the epoch and waits for whoever has passed the fence; a trigger sees to that. */
@Injectable()
export class FreezeRepository {
  constructor(private readonly database: Database) {}

  /** Newest first; one more row than the limit tells that there is a further page. */
  list({ active, after, limit, now }: FreezeFilter): Promise<FreezeRow[]> {
    return this.database.query<FreezeRow>(
      `SELECT ${COLUMNS} FROM "OperationalFreeze"
       WHERE ($1::boolean IS NULL OR $1 = (lifted_at IS NULL AND (expires_at IS NULL OR expires_at > $2)))
         AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::text))
       ORDER BY created_at DESC, id DESC LIMIT $5`,
      [active, now, after === undefined ? null : new Date(after.createdAtMs), after?.id ?? null, limit + 1],
    );
  }

  async find(id: string, tx?: Tx): Promise<FreezeRow | undefined> {
    const [row] = await (tx ?? this.database).query<FreezeRow>(
      `SELECT ${COLUMNS} FROM "OperationalFreeze" WHERE id = $1`,
      [id],
    );
    return row;
  }

  async insert(tx: Tx, row: FreezeRow): Promise<void> {
    await tx.execute(
      `INSERT INTO "OperationalFreeze" (id, scope_type, scope_value, operation, reason, ticket, created_by, created_at,
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        row.id,
        row.scope_type,
        row.scope_value,
        row.operation,
        row.reason,
        row.ticket,
        row.created_by,
        row.created_at,
        row.expires_at,
      ],
    );
  }

  /** Undefined = it is over: lifted by somebody else, or expired. */
  async lift(
    tx: Tx,
    id: string,
    by: { readonly liftedBy: string; readonly approvedBy: string; readonly reason: string; readonly now: Date },
  ): Promise<FreezeRow | undefined> {
    const [row] = await tx.query<FreezeRow>(
      `UPDATE "OperationalFreeze" SET lifted_at = $2, lifted_by = $3, approved_by = $4, lift_reason = $5
       WHERE id = $1 AND lifted_at IS NULL AND (expires_at IS NULL OR expires_at > $2) RETURNING ${COLUMNS}`,
      [id, by.now, by.liftedBy, by.approvedBy, by.reason],
    );
    return row;
  }
}

/** `now` in ms. */
export const freezeView = (row: FreezeRow, now: number): FreezeView => ({
  id: row.id,
  operation: row.operation,
  scopeType: row.scope_type,
  scopeValue: row.scope_value,
  active: isActive(row, now),
  stops: STOPPED_BY[row.operation],
  reason: row.reason,
  ticket: row.ticket,
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  approvedBy: row.approved_by,
  liftedBy: row.lifted_by,
  liftedAt: row.lifted_at?.toISOString() ?? null,
  liftReason: row.lift_reason,
});

/** Whether it holds at `now` (ms). */
export const isActive = (row: FreezeRow, now: number): boolean =>
  row.lifted_at === null && (row.expires_at === null || row.expires_at.getTime() > now);
