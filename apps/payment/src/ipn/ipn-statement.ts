/**
 * Stores a verified callback and reads what its answer depends on, in one round trip. The attempt counts only when its
 * connection is among those whose secret verifies ($6): a callback signed by one merchant for another's reference is
 * an unknown reference. A repetition stores nothing and gives back the first answer.
 *
 * $1 id, $2 provider, $3 event key, $4 attempt uid, $5 success, $6 credential ids, $7 amount, $8 paid at,
 * $9 grace (ms), $10 sealed body, $11 headers, $12 received at, $13 request id, $14 verified credential id.
 */
export const RECEIVE_IPN = `
WITH attempt AS (
  SELECT a.id, a.transaction_id, a.merchant_id, a.credential_id, a.status, a.amount, a.applied_amount, a.expires_at
  FROM "PaymentAttempt" a
  WHERE a.uid = $4 AND a.type = '100_PAYMENT' AND a.provider = $2 AND a.credential_id = ANY ($6::text[])
),
judged AS (
  SELECT CASE
      WHEN a.id IS NULL THEN 'UNKNOWN_REFERENCE'
      WHEN a.amount <> $7::bigint THEN 'WRONG_AMOUNT'
      WHEN NOT $5::boolean THEN 'NOTED'
      WHEN a.applied_amount > 0 OR a.status = '507_REVERSED' THEN 'DUPLICATE'
      WHEN $8::timestamptz > a.expires_at + make_interval(secs => $9::double precision / 1000) THEN 'LATE'
      ELSE 'APPLIED'
    END AS answer,
    a.id AS attempt_id, a.transaction_id, coalesce(a.merchant_id, c.principal_id) AS merchant_id, a.amount
  FROM (SELECT 1) one LEFT JOIN attempt a ON true
    LEFT JOIN "Configuration" c ON c.id = $14
),
stored AS (
  INSERT INTO "IpnInbox" (id, provider, event_key, attempt_id, transaction_id, merchant_id, credential_id, answer,
    body_sealed, headers, received_at, next_try_at, request_id)
  SELECT $1, $2, $3, j.attempt_id, j.transaction_id, j.merchant_id, $14, j.answer, $10, $11::jsonb, $12, $12, $13
  FROM judged j
  ON CONFLICT (provider, event_key) DO NOTHING
  RETURNING id
)
SELECT j.answer, j.amount, s.id AS stored_id,
  (SELECT i.answer FROM "IpnInbox" i WHERE i.provider = $2 AND i.event_key = $3) AS first_answer,
  (SELECT a.applied_amount FROM attempt a) AS applied_amount
FROM judged j LEFT JOIN stored s ON true`;
