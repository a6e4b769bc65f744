import { signWebhook } from '@nx/crypto';
import { WEBHOOK_HEADERS } from '@nx/contracts';
import type { ClaimedDelivery } from './delivery-claim';

/** Headers that a subscription must not set: they belong to the connection, the body or the signature. */
const RESERVED =
  /^(host|content-.*|transfer-encoding|connection|keep-alive|user-agent|proxy-.*|expect|te|upgrade|cookie|x-webhook-.*|webhook-.*)$/i;

export const isReservedHeader = (name: string): boolean => RESERVED.test(name);

/** The headers of one try. Timestamp and signature are fresh each time, the body stays. `now` in ms. */
export const webhookHeaders = (
  delivery: ClaimedDelivery,
  secret: string | null,
  now: number,
): Record<string, string> => {
  const own = Object.fromEntries(Object.entries(delivery.headers).filter(([name]) => !isReservedHeader(name)));
  const signature =
    delivery.signing_method === 'NONE' || secret === null
      ? {}
      : { [WEBHOOK_HEADERS.signature]: signWebhook(secret, now, delivery.event_type, delivery.body) };
  return {
    ...own,
    'content-type': 'application/json',
    'user-agent': 'nx-payment-webhooks/1',
    [WEBHOOK_HEADERS.eventType]: delivery.event_type,
    [WEBHOOK_HEADERS.timestamp]: String(now),
    [WEBHOOK_HEADERS.sequence]: String(delivery.sequence),
    ...signature,
    'webhook-id': delivery.event_id,
  };
};
