-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- The few attempts whose outcome nobody has proven are counted at each reading of the metrics.

CREATE INDEX CONCURRENTLY payment_attempt_unknown ON mq_pay."PaymentAttempt" (created_at) WHERE status = '000_UNKNOWN';
