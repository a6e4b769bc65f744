/** States in which a parked record is of interest to a person; one that was handled is not. */
export const PARKED_STATUSES = ['100_PARKED', '505_DEAD_LETTERED'] as const;
export type ParkedStatus = (typeof PARKED_STATUSES)[number];

/** `record`: it failed by itself; `sibling`: another service is away; `blocked`: it waits for one of its key before it. */
export const PARKED_REASONS = ['record', 'sibling', 'blocked'] as const;
export type ParkedReason = (typeof PARKED_REASONS)[number];

/** A Kafka record that could not be handled, as operators of every service see it; its value may hold what they must not. */
export interface ParkedRecordShape {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly eventId: string;
  readonly status: ParkedStatus;
  readonly reason: ParkedReason;
  readonly tries: number;
  readonly errorName: string;
  readonly errorMessage: string;
  /** ISO instants. */
  readonly parkedAt: string;
  readonly finishedAt: string | null;
}

/** A page of them, the newest first. */
export interface ParkedRecordPageShape {
  readonly data: readonly ParkedRecordShape[];
  readonly nextCursor: string | null;
}

/** What became of a replay, by ids. */
export interface ParkedReplayShape {
  readonly replayed: readonly string[];
  readonly left: readonly string[];
}
