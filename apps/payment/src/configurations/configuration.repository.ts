import { Injectable } from '@nestjs/common';
import type { Cursor } from '@nx/http';
import { Database, type Tx } from '@nx/persistence';

/** A row as CRUD sees it: secrets are never selected, only whether there are any. */
export interface ConfigurationRow {
  id: string;
  code: string;
  group: string;
  principal_type: string | null;
  principal_id: string | null;
  environment: 'DEVELOPMENT' | 'PRODUCTION';
  lookup_key: string | null;
  t_value: string | null;
  has_credential: boolean;
  status: string;
  created_at: Date;
  modified_at: Date;
}

export interface NewConfiguration {
  readonly id: string;
  readonly code: string;
  readonly group: string;
  readonly merchantId: string;
  readonly environment: string;
  readonly lookupKey: string | null;
  readonly value: string;
  readonly credential: string | null;
  readonly now: Date;
  readonly actorId: string;
}

const COLUMNS = `id, code, "group", principal_type, principal_id, environment, lookup_key, t_value,
  credential IS NOT NULL AS has_credential, status, created_at, modified_at`;

@Injectable()
export class ConfigurationRepository {
  constructor(private readonly database: Database) {}

  /** Newest first; one more row than `limit`. */
  async list(merchantId: string, limit: number, after: Cursor | undefined): Promise<ConfigurationRow[]> {
    return this.database.query<ConfigurationRow>(
      `SELECT ${COLUMNS} FROM "Configuration"
       WHERE principal_type = 'MERCHANT' AND principal_id = $1 AND deleted_at IS NULL
         AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::text))
       ORDER BY created_at DESC, id DESC LIMIT $4`,
      [merchantId, after === undefined ? null : new Date(after.createdAtMs), after?.id ?? null, limit + 1],
    );
  }

  async find(merchantId: string, id: string, tx?: Tx): Promise<ConfigurationRow | undefined> {
    const sql = `SELECT ${COLUMNS} FROM "Configuration"
      WHERE id = $1 AND principal_type = 'MERCHANT' AND principal_id = $2 AND deleted_at IS NULL
      ${tx === undefined ? '' : 'FOR UPDATE'}`;
    const [row] = await (tx ?? this.database).query<ConfigurationRow>(sql, [id, merchantId]);
    return row;
  }

  /** The sealed secrets, for checking them against new settings. Read inside the change that needs them. */
  async sealedCredential(tx: Tx, id: string): Promise<string | null> {
    const [row] = await tx.query<{ credential: string | null }>(
      'SELECT credential FROM "Configuration" WHERE id = $1',
      [id],
    );
    return row?.credential ?? null;
  }

  async insert(tx: Tx, row: NewConfiguration): Promise<void> {
    await tx.execute(
      `INSERT INTO "Configuration" (id, code, "group", principal_type, principal_id, environment, lookup_key, t_value,
         credential, status, created_at, modified_at, created_by, modified_by)
       VALUES ($1, $2, $3, 'MERCHANT', $4, $5, $6, $7, $8, '201_ACTIVATED', $9, $9, $10, $10)`,
      [
        row.id,
        row.code,
        row.group,
        row.merchantId,
        row.environment,
        row.lookupKey,
        row.value,
        row.credential,
        row.now,
        row.actorId,
      ],
    );
  }

  /** A replaced credential moves aside until `previousUntil`, so that callbacks under way still verify. */
  async update(
    tx: Tx,
    id: string,
    change: {
      readonly lookupKey: string | null;
      readonly value: string | null;
      readonly credential: string | null;
      readonly status: string;
      readonly previousUntil: Date;
      readonly now: Date;
      readonly actorId: string;
    },
  ): Promise<void> {
    await tx.execute(
      `UPDATE "Configuration" SET lookup_key = $2, t_value = coalesce($3, t_value),
         previous_credential = CASE WHEN $4::text IS NULL THEN previous_credential ELSE credential END,
         previous_credential_until = CASE WHEN $4::text IS NULL THEN previous_credential_until ELSE $6 END,
         credential = coalesce($4, credential), status = $5, modified_at = $7, modified_by = $8
       WHERE id = $1 AND deleted_at IS NULL`,
      [
        id,
        change.lookupKey,
        change.value,
        change.credential,
        change.status,
        change.previousUntil,
        change.now,
        change.actorId,
      ],
    );
  }

  async remove(tx: Tx, id: string, now: Date, actorId: string): Promise<void> {
    await tx.execute(
      `UPDATE "Configuration" SET deleted_at = $2, modified_at = $2, modified_by = $3, status = '405_ARCHIVED'
       WHERE id = $1 AND deleted_at IS NULL`,
      [id, now, actorId],
    );
  }
}
