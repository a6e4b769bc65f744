import type { SigningMethod } from './webhook-signing';

/** The marker that operators grep for. */
export const MARKER = 'WebhookDispatcherService';

/** What is noted of a try whose worker was killed: it may have reached the subscriber. */
const LOST_TRY = 'the worker ended before the answer came';

/**
 * Takes one delivery for one try, if its turn has come: nothing earlier of the same transaction for the same
 * subscriber is still on its way. A dead one does not hold back the next. The lock lets a later claim take over after
 * a crash; it is longer than the longest try. What it finds under way then was a try of a worker that is
 * gone, which is noted with the others. The lock runs by the clock of the database, which all workers share: one whose own
 * clock is hours ahead must not lock a delivery, and all behind it, for hours.
 *
 * $1 delivery, $2 now, $3 id of a try.
 */
export const CLAIM_DELIVERY = `
WITH claimed AS (
UPDATE "WebhookDelivery" d SET status = 'SENDING', tries = d.tries + 1, modified_at = $2::timestamptz,
  last_error = CASE d.status WHEN 'SENDING' THEN '${LOST_TRY}' ELSE nullif(d.last_error, '${LOST_TRY}') END,
  locked_until = clock_timestamp() + make_interval(secs => coalesce((c.metadata->>'timeoutMs')::int, 30000) / 1000.0 + 15)
FROM "WebhookConfig" c
WHERE d.id = $1 AND c.id = d.webhook_config_id
  AND d.status IN ('PENDING', 'SENDING') AND (d.locked_until IS NULL OR d.locked_until <= clock_timestamp()) AND d.next_try_at <= $2
  AND c.status = '201_ACTIVATED' AND c.deleted_at IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM "WebhookDelivery" e
    WHERE e.webhook_config_id = d.webhook_config_id AND e.transaction_id = d.transaction_id
      AND e.sequence < d.sequence AND e.status IN ('PENDING', 'SENDING'))
RETURNING d.id, d.webhook_config_id, d.event_id, d.event_type, d.transaction_id, d.sequence, d.body, d.tries, d.last_error,
  c.url, c.signing_method, c.secret, c.headers, c.metadata,
  CASE WHEN c.previous_secret_until > $2 THEN c.previous_secret END AS previous_secret
),
lost AS (
  INSERT INTO "WebhookTry" (id, delivery_id, number, started_at, duration_ms, error, created_at)
  SELECT $3, id, tries - 1, $2::timestamptz, 0, last_error, $2::timestamptz FROM claimed WHERE last_error = '${LOST_TRY}'
)
SELECT id, webhook_config_id, event_id, event_type, transaction_id, sequence, body, tries, url, signing_method, secret,
  headers, metadata, previous_secret
FROM claimed`;

/** The next delivery of the same transaction and subscriber, to be nudged when one has ended. $1 config, $2 transaction, $3 sequence. */
export const NEXT_DELIVERY = `
SELECT id FROM "WebhookDelivery"
WHERE webhook_config_id = $1 AND transaction_id = $2 AND sequence > $3 AND status IN ('PENDING', 'SENDING')
ORDER BY sequence LIMIT 1`;

export interface ClaimedDelivery {
  id: string;
  webhook_config_id: string;
  event_id: string;
  event_type: string;
  transaction_id: string;
  sequence: number;
  body: string;
  tries: number;
  url: string;
  signing_method: SigningMethod;
  secret: string | null;
  /** Null when it is not valid any more. */
  previous_secret: string | null;
  headers: Record<string, string>;
  metadata: { timeoutMs?: number; maxRetries?: number };
}
