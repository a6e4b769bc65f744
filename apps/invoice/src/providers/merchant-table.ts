import type { Database, Tx } from '@nx/persistence';

/** The common columns that a row of a merchant's settings has. */
export interface SettingsRow {
  readonly id: string;
  readonly created_at: Date;
  readonly modified_at: Date;
}

export interface RowCursor {
  readonly createdAtMs: number;
  readonly id: string;
}

/**
 * SQL of a table whose rows belong to one merchant each and are deleted softly. `table` and the names of columns are
 * words of this program, never input.
 */
export class MerchantTable<R extends SettingsRow> {
  constructor(
    private readonly database: Database,
    private readonly table: string,
    private readonly columns: string,
  ) {}

  async list(merchantId: string, after: RowCursor | undefined, limit: number): Promise<R[]> {
    return this.database.query<R>(
      `SELECT ${this.columns} FROM "${this.table}" WHERE merchant_id = $1 AND deleted_at IS NULL
         AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))
       ORDER BY created_at DESC, id DESC LIMIT $4`,
      [merchantId, after === undefined ? null : new Date(after.createdAtMs), after?.id ?? null, limit + 1],
    );
  }

  async find(merchantId: string, id: string, tx?: Tx): Promise<R | undefined> {
    const [row] = await (tx ?? this.database).query<R>(
      `SELECT ${this.columns} FROM "${this.table}" WHERE merchant_id = $1 AND id = $2 AND deleted_at IS NULL`,
      [merchantId, id],
    );
    return row;
  }

  async insert(tx: Tx, values: Readonly<Record<string, unknown>>): Promise<R> {
    const names = Object.keys(values);
    const [row] = await tx.query<R>(
      `INSERT INTO "${this.table}" (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})
       RETURNING ${this.columns}`,
      Object.values(values).map(asParameter),
    );
    if (row === undefined) throw new Error(`"${this.table}" returned no row`);
    return row;
  }

  /** Sets the given columns alone; undefined when the merchant has no such row. */
  async update(merchantId: string, id: string, values: Readonly<Record<string, unknown>>): Promise<R | undefined> {
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    const [row] = await this.database.query<R>(
      `UPDATE "${this.table}" SET ${given.map(([name], index) => `${name} = $${index + 3}`).join(', ')}
       WHERE merchant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING ${this.columns}`,
      [merchantId, id, ...given.map(([, value]) => asParameter(value))],
    );
    return row;
  }

  async remove(merchantId: string, id: string, actorId: string, now: Date): Promise<boolean> {
    const changed = await this.database.execute(
      `UPDATE "${this.table}" SET deleted_at = $4, modified_at = $4, modified_by = $3
       WHERE merchant_id = $1 AND id = $2 AND deleted_at IS NULL`,
      [merchantId, id, actorId, now],
    );
    return changed === 1;
  }
}

/** Objects go into jsonb columns. */
const asParameter = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value;
