const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Providers' clocks and ours differ; everything about an attempt's end allows for this much (ms). */
export const EXPIRY_GRACE_MS = 60 * SECOND;

/** Pauses between the queries of an attempt whose outcome nobody has proven (ms). After the last a person looks. */
export const QUERY_SCHEDULE_MS: readonly number[] = [
  15 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  6 * HOUR,
  24 * HOUR,
];

/** Pauses between the queries of an attempt that counts as expired: a payment may still turn up (ms). */
export const EXPIRED_SCHEDULE_MS: readonly number[] = [15 * MINUTE, HOUR, 24 * HOUR];

/**
 * When to ask next: `fromMs` plus the pause of `step` (0 = the first query; each answered or lost query uses up one,
 * an answer "too soon" none). Null = the schedule is used up and a person has to look.
 */
export function nextQueryAt(step: number, fromMs: number, scheduleMs = QUERY_SCHEDULE_MS): number | null {
  const pause = scheduleMs[step];
  return pause === undefined ? null : fromMs + pause;
}

/** The first moment at which a negative answer proves that the attempt was not paid in time. */
export function firstConclusiveQueryAt(expiresAtMs: number): number {
  return expiresAtMs + EXPIRY_GRACE_MS + 1;
}

/** A payment is late by the provider's time of payment alone; when we hear of it means nothing. */
export function isLate(paidAtMs: number, expiresAtMs: number): boolean {
  return paidAtMs > expiresAtMs + EXPIRY_GRACE_MS;
}
