import { createHmac, timingSafeEqual } from 'node:crypto';

/** Receivers allow five minutes. */
const WINDOW_MS = 300_000;

export interface WebhookHeaders {
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  readonly eventType: string | undefined;
}

export function webhookSignature(secret: string, timestamp: string, eventType: string, rawBody: string): string {
  return createHmac('sha256', secret).update(`${timestamp}|${eventType}|${rawBody}`, 'utf8').digest('hex');
}

/** Why a delivery is not trusted, or undefined. Any of the secrets may have signed it. */
export function signatureProblem(
  headers: WebhookHeaders,
  rawBody: string,
  secrets: readonly string[],
  now: number,
): string | undefined {
  const { signature, timestamp, eventType } = headers;
  if (signature === undefined || timestamp === undefined || eventType === undefined)
    return 'a signature header is missing';
  if (!/^\d{13}$/.test(timestamp)) return 'X-Webhook-Timestamp is not in milliseconds';
  if (Math.abs(Number(timestamp) - now) > WINDOW_MS) return 'X-Webhook-Timestamp is outside five minutes';
  if (!/^[0-9a-f]{64}$/.test(signature)) return 'X-Webhook-Signature is not lower-case hex';
  const given = Buffer.from(signature, 'hex');
  const good = secrets.some((secret) =>
    timingSafeEqual(Buffer.from(webhookSignature(secret, timestamp, eventType, rawBody), 'hex'), given),
  );
  return good ? undefined : 'X-Webhook-Signature does not match';
}
