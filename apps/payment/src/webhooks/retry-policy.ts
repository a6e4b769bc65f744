/** What one try came to. `status` is absent when there was no answer. */
export interface TryOutcome {
  readonly status?: number;
  readonly error?: string;
  /** What a 429 or 503 asked us to wait, in ms. */
  readonly retryAfterMs?: number;
  /** The address is one that we never call: trying again cannot help. */
  readonly refused?: boolean;
  /** Nobody was called, because this subscriber keeps failing or has too many calls under way: no try. */
  readonly notCalled?: boolean;
}

export type DeliveryDecision =
  | { readonly kind: 'DELIVERED' }
  | { readonly kind: 'RETRY'; readonly delayMs: number }
  /** It waits until the subscriber is called again; nothing counts. */
  | { readonly kind: 'WAIT'; readonly delayMs: number }
  /** `transient`: no answer or a 5xx. It is sent again by itself once the subscriber is back from an outage. */
  | { readonly kind: 'DEAD'; readonly reason: string; readonly transient: boolean }
  /** 410 Gone: the subscriber does not want anything any more. */
  | { readonly kind: 'GONE' };

const LONGEST_DELAY_MS = 6 * 3_600_000;

export interface Pauses {
  /** Before the first retry. */
  readonly backoffMs: number;
  /** How long a breaker stays open before it lets one call through. */
  readonly breakerOpenMs: number;
}

/**
 * Exponential backoff with full jitter above a half (`random` in 0..1). `tries` counts this one; a delivery is tried
 * `maxRetries` times again after its first.
 */
export const decideDelivery = (
  outcome: TryOutcome,
  tries: number,
  maxRetries: number,
  { backoffMs, breakerOpenMs }: Pauses,
  random: number,
): DeliveryDecision => {
  const { status } = outcome;
  if (status !== undefined && status >= 200 && status < 300) return { kind: 'DELIVERED' };
  if (status === 410) return { kind: 'GONE' };
  if (outcome.notCalled === true) return { kind: 'WAIT', delayMs: Math.round(breakerOpenMs * (1 + random / 2)) };
  const reason = status === undefined ? (outcome.error ?? 'no answer') : `status ${status}`;
  const refused = outcome.refused === true;
  if (refused || tries > maxRetries) {
    return { kind: 'DEAD', reason, transient: !refused && (status === undefined || status >= 500) };
  }
  const ceiling = Math.min(LONGEST_DELAY_MS, backoffMs * 2 ** (tries - 1));
  const delayMs = Math.round(ceiling * (0.5 + random / 2));
  return { kind: 'RETRY', delayMs: Math.max(delayMs, Math.min(outcome.retryAfterMs ?? 0, LONGEST_DELAY_MS)) };
};

/** `Retry-After` in seconds or as an HTTP date (RFC 9110 §10.2.3), in ms from `now`; undefined when it is neither. */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};
