import { createHmac } from 'node:crypto';
import { constantTimeEqualHex } from './hash';
import { WebhookKeyError, WebhookMessageError } from './webhook-errors';
import { assertBodySize, isFresh, readTimestamp, whenReadable } from './webhook-rules';

/** Printable ASCII but the bar, which separates the signed parts: two events can then not share a signature. */
const EVENT_TYPE = /^[!-{}~]{1,128}$/;

/**
 * Hex HMAC-SHA-256 over `timestamp|eventType|<raw body>`, the platform's own webhook signature (HMAC_SHA256).
 * @throws WebhookKeyError for an empty secret
 * @throws WebhookMessageError for a timestamp that is no whole number of ms, an event type that is not 1 to 128
 * printable characters without `|`, a body of more than 1 MiB
 */
export function signWebhook(
  secret: string,
  timestampMs: number,
  eventType: string,
  rawBody: string | Uint8Array,
): string {
  if (secret.length === 0) throw new WebhookKeyError('A webhook secret must not be empty.');
  if (!EVENT_TYPE.test(eventType)) {
    throw new WebhookMessageError(
      'eventType',
      'malformed',
      'An event type is 1 to 128 printable characters without "|".',
    );
  }
  assertBodySize(rawBody);
  return createHmac('sha256', secret)
    .update(`${readTimestamp(timestampMs)}|${eventType}|`)
    .update(rawBody)
    .digest('hex');
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

/**
 * True when the signature fits one of the secrets and the timestamp is at most five minutes old or ahead. What cannot be
 * read is false.
 * @throws WebhookKeyError for an empty secret
 */
export function verifyWebhook(input: WebhookVerification): boolean {
  return whenReadable(() => {
    const timestampMs = readTimestamp(input.timestamp);
    if (!isFresh(timestampMs, input.nowMs, input.toleranceMs)) return false;
    let valid = false;
    for (const secret of input.secrets) {
      const expected = signWebhook(secret, timestampMs, input.eventType, input.rawBody);
      valid = constantTimeEqualHex(expected, input.signature) || valid;
    }
    return valid;
  });
}
