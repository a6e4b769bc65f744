import { createHmac } from 'node:crypto';
import { constantTimeEqualHex } from './hash';

/** How far a webhook's timestamp may lie from the receiver's clock, either way. */
export const WEBHOOK_TOLERANCE_MS = 5 * 60_000;

/** Hex HMAC-SHA-256 over `timestamp|eventType|<raw body>`, the platform's own webhook signature (HMAC_SHA256). */
export function signWebhook(
  secret: string,
  timestampMs: number,
  eventType: string,
  rawBody: string | Uint8Array,
): string {
  return createHmac('sha256', secret).update(`${timestampMs}|${eventType}|`).update(rawBody).digest('hex');
}

export interface WebhookVerification {
  /** All secrets that are valid now: two during a rotation. */
  readonly secrets: readonly string[];
  /** Header `X-Webhook-Timestamp` (ms). */
  readonly timestamp: string | number;
  readonly eventType: string;
  readonly rawBody: string | Uint8Array;
  /** Header `X-Webhook-Signature`. */
  readonly signature: string;
  readonly nowMs: number;
  readonly toleranceMs?: number;
}

/** True when the signature fits one of the secrets and the timestamp is at most five minutes old or ahead. */
export function verifyWebhook(input: WebhookVerification): boolean {
  const timestampMs = readTimestamp(input.timestamp);
  if (timestampMs === undefined) return false;
  if (Math.abs(input.nowMs - timestampMs) > (input.toleranceMs ?? WEBHOOK_TOLERANCE_MS)) return false;
  let valid = false;
  for (const secret of input.secrets) {
    const expected = signWebhook(secret, timestampMs, input.eventType, input.rawBody);
    valid = constantTimeEqualHex(expected, input.signature) || valid;
  }
  return valid;
}

/** Reads a timestamp header: plain decimal digits only, so that what was signed is what is compared. @internal */
export function readTimestamp(value: string | number): number | undefined {
  if (typeof value === 'string' && !/^(?:0|[1-9]\d{0,15})$/.test(value)) return undefined;
  const timestamp = Number(value);
  return Number.isSafeInteger(timestamp) && timestamp >= 0 ? timestamp : undefined;
}
