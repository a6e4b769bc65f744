import { Injectable } from '@nestjs/common';
import type { ProviderConfiguration } from '@nx/mq-pay';
import { Database, type Statement } from '@nx/persistence';

interface LaneRow {
  taken: boolean;
  free_at: Date;
}

/** $1 provider, $2 terminal, $3 now, $4 free again at. The row of a lane that is busy stays as it is. */
const TAKE_LANE = `
WITH taken AS (
  INSERT INTO "QueryLane" (provider, terminal, free_at) VALUES ($1, $2, $4)
  ON CONFLICT (provider, terminal) DO UPDATE SET free_at = EXCLUDED.free_at WHERE "QueryLane".free_at <= $3
  RETURNING free_at
)
SELECT true AS taken, free_at FROM taken
UNION ALL
SELECT false, l.free_at FROM "QueryLane" l WHERE l.provider = $1 AND l.terminal = $2 AND NOT EXISTS (SELECT 1 FROM taken)`;

/** The turn of asking where a provider limits questions per terminal. All processes share it. */
@Injectable()
export class QueryLane {
  private readonly take: Statement<LaneRow>;

  constructor(private readonly database: Database) {
    this.take = database.statement('query-lane-take', TAKE_LANE);
  }

  /** Null when the question may be asked now, and nobody else may meanwhile; else the time (ms) at which to come again. */
  async enter(configuration: ProviderConfiguration, now: number): Promise<number | null> {
    const { provider, terminal, queryPauseMs = 0 } = configuration;
    if (queryPauseMs === 0 || terminal === null) return null;
    const [row] = await this.take.run([provider, terminal, new Date(now), new Date(now + queryPauseMs)]);
    // A lane that appeared between statement and snapshot shows no row: whoever made it has it.
    if (row === undefined) return now + queryPauseMs;
    return row.taken ? null : row.free_at.getTime();
  }

  /** The provider itself said that it was asked too soon: its pause began with this answer. */
  async extend(configuration: ProviderConfiguration, now: number): Promise<void> {
    const { provider, terminal, queryPauseMs = 0 } = configuration;
    if (queryPauseMs === 0 || terminal === null) return;
    await this.database.execute(
      'UPDATE "QueryLane" SET free_at = greatest(free_at, $3::timestamptz) WHERE provider = $1 AND terminal = $2',
      [provider, terminal, new Date(now + queryPauseMs)],
    );
  }
}
