import type { RetryMetadata } from '../invoices/invoice';

export interface RetryDecision {
  /** The number of the retry that comes next, from 1. */
  readonly retryCount: number;
  readonly at: Date;
}

/**
 * The next retry of an invoice after `retryCount` of them, or undefined when they are used up. `minuteMs` is the length
 * of a minute. `notBeforeMs` is what the provider asked for (Retry-After), in ms from now.
 */
export function nextRetry(
  retry: RetryMetadata,
  retryCount: number,
  now: Date,
  minuteMs: number,
  notBeforeMs = 0,
): RetryDecision | undefined {
  if (retryCount >= retry.maxRetryCount) return undefined;
  const minutes = retry.retryDelayMinutes[retryCount] ?? retry.retryDelayMinutes.at(-1) ?? 0;
  const delayMs = Math.max(minutes * minuteMs, notBeforeMs);
  return { retryCount: retryCount + 1, at: new Date(now.getTime() + delayMs) };
}
