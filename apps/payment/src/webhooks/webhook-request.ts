import { STANDARD_WEBHOOK_HEADERS, WEBHOOK_HEADERS } from '@nx/contracts';
import type { ClaimedDelivery } from './delivery-claim';
import { signatureHeaders } from './webhook-signing';

/** Headers that a subscription must not set: they belong to the connection, the body or the signature. */
const RESERVED =
  /^(host|content-.*|transfer-encoding|connection|keep-alive|user-agent|proxy-.*|expect|te|upgrade|cookie|x-webhook-.*|webhook-.*)$/i;

export const isReservedHeader = (name: string): boolean => RESERVED.test(name);

/** The headers of one try. Timestamp and signatures are fresh each time, id and body stay. `now` in ms. */
export const webhookHeaders = (
  delivery: ClaimedDelivery,
  secrets: readonly string[],
  now: number,
): Record<string, string> => {
  const own = Object.fromEntries(Object.entries(delivery.headers).filter(([name]) => !isReservedHeader(name)));
  const { event_id: eventId, event_type: eventType, body } = delivery;
  return {
    ...own,
    'content-type': 'application/json',
    'user-agent': 'nx-payment-webhooks/1',
    [WEBHOOK_HEADERS.eventType]: eventType,
    [WEBHOOK_HEADERS.timestamp]: String(now),
    [WEBHOOK_HEADERS.sequence]: String(delivery.sequence),
    [STANDARD_WEBHOOK_HEADERS.id]: eventId,
    ...signatureHeaders(delivery.signing_method, secrets, { eventId, eventType, body, now }),
  };
};

const EXCERPT_BYTES = 1024;

/**
 * The start of an answer as a text of at most 1 KiB in UTF-8, which is what is stored of it. A letter that the end cuts
 * is left out, and so is the zero byte, which PostgreSQL's texts cannot hold.
 */
export const excerptOf = (body: Buffer): string => {
  const text = startOf(body).replaceAll('\u0000', '');
  // Bytes that are no UTF-8 become a letter of three bytes each.
  return startOf(Buffer.from(text));
};

const startOf = (bytes: Buffer): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, EXCERPT_BYTES), { stream: true });
