-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- People page through findings, the newest first.

CREATE INDEX CONCURRENTLY finding_list ON mq_pay."Finding" (created_at DESC, id DESC);
