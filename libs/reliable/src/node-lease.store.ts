import type { Database } from '@nx/persistence';

export interface ClaimedNode {
  readonly nodeId: number;
  readonly fencingToken: string;
  /** Ids of earlier holders carry times up to this one, ms since 1970: ours must be later. */
  readonly foundIssuedUntilMs: number;
  /** Ids may carry times up to this one. */
  readonly issuedUntilMs: number;
}

export type ClaimResult =
  | { readonly outcome: 'claimed'; readonly claim: ClaimedNode }
  | { readonly outcome: 'held'; readonly holder: string }
  | { readonly outcome: 'ahead'; readonly issuedUntilMs: number };

interface LeaseRow {
  owner: string | null;
  issued_until: string;
  live: boolean;
}

const TABLE = 'platform."NodeLease"';

/** The rows of NodeLease. Lives are judged by the database's clock, times of ids by the caller's. */
export class NodeLeaseStore {
  constructor(
    private readonly database: Database,
    private readonly owner: string,
    private readonly leaseMs: number,
  ) {}

  /** Ids that nobody holds; those whose last times have passed come first. */
  async free(ids: readonly number[], nowMs: number): Promise<number[]> {
    const rows = await this.database.query<{ node_id: number }>(
      `SELECT wanted.node_id FROM unnest($1::int[]) WITH ORDINALITY AS wanted(node_id, place)
         LEFT JOIN ${TABLE} lease ON lease.node_id = wanted.node_id
        WHERE lease.node_id IS NULL OR lease.owner IS NULL OR lease.owner = $2 OR lease.expires_at <= clock_timestamp()
        ORDER BY COALESCE(lease.issued_until, 0) > $3::bigint, wanted.place`,
      [ids, this.owner, nowMs],
    );
    return rows.map((row) => row.node_id);
  }

  /** Takes an id that is free, unless its last holder's times lie more than `maxAheadMs` in our future. */
  claim(nodeId: number, nowMs: number, maxAheadMs: number): Promise<ClaimResult> {
    return this.database.transaction(async (tx): Promise<ClaimResult> => {
      await tx.execute(`INSERT INTO ${TABLE} (node_id) VALUES ($1) ON CONFLICT (node_id) DO NOTHING`, [nodeId]);
      const [row] = await tx.query<LeaseRow>(
        `SELECT owner, issued_until, expires_at > clock_timestamp() AS live FROM ${TABLE} WHERE node_id = $1 FOR UPDATE`,
        [nodeId],
      );
      if (!row) throw new Error(`the lease row of node ${nodeId} is missing`);
      if (row.live && row.owner !== null && row.owner !== this.owner) return { outcome: 'held', holder: row.owner };
      const foundIssuedUntilMs = Number(row.issued_until);
      if (foundIssuedUntilMs - nowMs > maxAheadMs) return { outcome: 'ahead', issuedUntilMs: foundIssuedUntilMs };
      const [taken] = await tx.query<{ fencing_token: string; issued_until: string }>(
        `UPDATE ${TABLE}
            SET owner = $2, fencing_token = nextval('platform.fencing_token'), acquired_at = clock_timestamp(),
                expires_at = clock_timestamp() + $3 * interval '1 millisecond',
                issued_until = GREATEST(issued_until, $4::bigint)
          WHERE node_id = $1 RETURNING fencing_token, issued_until`,
        [nodeId, this.owner, this.leaseMs, nowMs + this.leaseMs],
      );
      if (!taken) throw new Error(`the lease row of node ${nodeId} is missing`);
      const { fencing_token: fencingToken, issued_until } = taken;
      return {
        outcome: 'claimed',
        claim: { nodeId, fencingToken, foundIssuedUntilMs, issuedUntilMs: Number(issued_until) },
      };
    });
  }

  /** Until when ids may be issued now; undefined when the lease has gone to somebody else. */
  async renew(claim: ClaimedNode, nowMs: number): Promise<number | undefined> {
    const [row] = await this.database.query<{ issued_until: string }>(
      `UPDATE ${TABLE}
          SET expires_at = clock_timestamp() + $4 * interval '1 millisecond', issued_until = GREATEST(issued_until, $5::bigint)
        WHERE node_id = $1 AND owner = $2 AND fencing_token = $3::bigint RETURNING issued_until`,
      [claim.nodeId, this.owner, claim.fencingToken, this.leaseMs, nowMs + this.leaseMs],
    );
    return row === undefined ? undefined : Number(row.issued_until);
  }

  /** Gives the id back: the next holder starts right after the last time that was issued. */
  async release(claim: ClaimedNode, lastIssuedMs: number): Promise<void> {
    await this.database.execute(
      `UPDATE ${TABLE} SET owner = NULL, expires_at = '-infinity', issued_until = $4::bigint
        WHERE node_id = $1 AND owner = $2 AND fencing_token = $3::bigint`,
      [claim.nodeId, this.owner, claim.fencingToken, lastIssuedMs],
    );
  }
}
