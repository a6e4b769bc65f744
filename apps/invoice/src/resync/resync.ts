/** Most differences that a reading keeps with their members; the others are counted. */
export const MOST_DIFFERENCES = 1000;

export const RESYNC_STATES = ['QUEUED', 'RUNNING', 'DONE', 'FAILED'] as const;
export type ResyncState = (typeof RESYNC_STATES)[number];

/** A merchant of which the feed says something else than TaxInfo. Values stay out: they are of people. */
export interface Difference {
  readonly merchantId: string;
  /** `taxCode`, `address` …; `findings` where another record is kept aside. */
  readonly members: readonly string[];
}

/** What a reading of the change feed has come to. */
export interface ResyncProgress {
  readonly topics: readonly string[];
  readonly records: number;
  /** Records that are none of the connector's: left out. */
  readonly unreadable: number;
  /** Offsets at the end for which the brokers gave nothing. */
  readonly unread: number;
  readonly differing: number;
  readonly changed: number;
  readonly differences: readonly Difference[];
  /** Asked for, and the feed has no tax data of them. */
  readonly missing: readonly string[];
}

/** One reading of the change feed from its beginning, asked for by an operator or by the check. */
export interface Resync extends ResyncProgress {
  readonly id: string;
  /** Null = all of the feed. */
  readonly merchantIds: readonly string[] | null;
  readonly dryRun: boolean;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestId: string | null;
  readonly state: ResyncState;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}
