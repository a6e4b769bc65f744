import { WebhookMessageError } from './webhook-errors';

/** How far a webhook's timestamp may lie from the receiver's clock, either way. */
export const WEBHOOK_TOLERANCE_MS = 5 * 60_000;
/** The largest body that is signed or verified, in bytes. */
export const MAX_WEBHOOK_BODY_BYTES = 1_048_576;

const TIMESTAMP = /^(?:0|[1-9]\d{0,15})$/;

/**
 * Reads a timestamp: a safe integer, in text plain decimal digits only, so that what was signed is what is compared.
 * @throws WebhookMessageError
 */
export function readTimestamp(value: string | number): number {
  const timestamp = typeof value === 'number' || TIMESTAMP.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  throw new WebhookMessageError(
    'timestamp',
    'malformed',
    'The timestamp of a webhook is a whole number, not negative.',
  );
}

/** @throws WebhookMessageError `too_large` */
export function assertBodySize(rawBody: string | Uint8Array): void {
  const size = typeof rawBody === 'string' ? Buffer.byteLength(rawBody) : rawBody.length;
  if (size <= MAX_WEBHOOK_BODY_BYTES) return;
  throw new WebhookMessageError('body', 'too_large', `A webhook has at most ${MAX_WEBHOOK_BODY_BYTES} bytes.`);
}

/** True within the tolerance; a clock or tolerance that is no number makes nothing fresh. */
export function isFresh(timestampMs: number, nowMs: number, toleranceMs: number = WEBHOOK_TOLERANCE_MS): boolean {
  return Math.abs(nowMs - timestampMs) <= toleranceMs;
}

/** False instead of the error of a message that cannot be read; other errors go on. */
export function whenReadable(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (error instanceof WebhookMessageError) return false;
    throw error;
  }
}
