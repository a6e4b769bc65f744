-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- The few blocked transactions are counted at each reading of the metrics.

CREATE INDEX CONCURRENTLY transaction_blocked ON mq_pay."Transaction" (modified_at) WHERE status = '403_BLOCKED';
