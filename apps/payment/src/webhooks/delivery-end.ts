/**
 * The end of nearly every try in one round trip and one commit: it was answered with success, and its subscriber has not
 * been failing. No row = one of these does not hold, or the try is not ours any more; then the longer way decides.
 *
 * $1 delivery, $2 number of the try, $3 now, $4 id of the try, $5 started at, $6 duration (ms), $7 status, $8 answer.
 */
export const END_DELIVERED = `
WITH ended AS (
  UPDATE "WebhookDelivery" d SET status = 'DELIVERED', next_try_at = NULL, locked_until = NULL,
    modified_at = $3::timestamptz, delivered_at = $3::timestamptz, last_error = NULL, death = NULL
  FROM "WebhookConfig" c
  WHERE d.id = $1 AND d.status = 'SENDING' AND d.tries = $2::int
    AND c.id = d.webhook_config_id AND c.failing_since IS NULL
  RETURNING d.id
)
INSERT INTO "WebhookTry" (id, delivery_id, number, started_at, duration_ms, status_code, response_excerpt, created_at)
SELECT $4, e.id, $2::int, $5::timestamptz, $6::int, $7::int, $8, $3::timestamptz FROM ended e
RETURNING id`;
