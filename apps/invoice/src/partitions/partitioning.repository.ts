import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@nx/persistence';

/** The row that says how many partitions the queues have. */
export interface Partitioning {
  readonly partitions: number;
  /** Served as well while jobs are being moved. */
  readonly previous: number;
  readonly state: 'SETTLED' | 'MOVING';
  readonly generation: bigint;
  /** Jobs moved since the last change. */
  readonly moved: number;
  readonly changedAt: Date;
  readonly changedBy: string;
}

interface Row {
  partitions: number;
  previous: number;
  state: Partitioning['state'];
  generation: string;
  moved: string;
  changed_at: Date;
  changed_by: string;
}

const COLUMNS = 'partitions, previous, state, generation, moved, changed_at, changed_by';

const toPartitioning = (row: Row): Partitioning => ({
  partitions: row.partitions,
  previous: row.previous,
  state: row.state,
  generation: BigInt(row.generation),
  moved: Number(row.moved),
  changedAt: row.changed_at,
  changedBy: row.changed_by,
});

/** SQL of "QueuePartitioning". */
@Injectable()
export class PartitioningRepository {
  constructor(private readonly database: Database) {}

  async find(tx?: Tx): Promise<Partitioning | undefined> {
    const [row] = await (tx ?? this.database).query<Row>(`SELECT ${COLUMNS} FROM "QueuePartitioning" WHERE id = 1`);
    return row === undefined ? undefined : toPartitioning(row);
  }

  /** The row, made with the setting's number by whoever comes first. */
  async ensure(partitions: number, now: Date): Promise<Partitioning> {
    await this.database.execute(
      `INSERT INTO "QueuePartitioning" (id, partitions, previous, state, changed_at, changed_by, settled_at)
       VALUES (1, $1, $1, 'SETTLED', $2, 'setting', $2) ON CONFLICT (id) DO NOTHING`,
      [partitions, now],
    );
    const row = await this.find();
    if (row === undefined) throw new Error('"QueuePartitioning" has no row');
    return row;
  }

  /** From one number to another; undefined when the present one is not `from`. A change under way goes on to `to`. */
  async change(tx: Tx, from: number, to: number, actorId: string, now: Date): Promise<Partitioning | undefined> {
    const [row] = await tx.query<Row>(
      `UPDATE "QueuePartitioning" SET partitions = $2, previous = greatest(partitions, previous, $2), state = 'MOVING',
         generation = generation + 1, moved = 0, changed_at = $3, changed_by = $4, settled_at = NULL
       WHERE id = 1 AND partitions = $1 RETURNING ${COLUMNS}`,
      [from, to, now, actorId],
    );
    return row === undefined ? undefined : toPartitioning(row);
  }

  async addMoved(generation: bigint, moved: number): Promise<void> {
    await this.database.execute(`UPDATE "QueuePartitioning" SET moved = moved + $2 WHERE id = 1 AND generation = $1`, [
      generation.toString(),
      moved,
    ]);
  }

  /** Nothing is left in the old partitions; false when the number was changed again meanwhile. */
  async settle(generation: bigint, now: Date): Promise<boolean> {
    const changed = await this.database.execute(
      `UPDATE "QueuePartitioning" SET state = 'SETTLED', previous = partitions, settled_at = $2
       WHERE id = 1 AND generation = $1 AND state = 'MOVING'`,
      [generation.toString(), now],
    );
    return changed === 1;
  }
}
