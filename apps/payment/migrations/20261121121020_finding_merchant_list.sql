-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- The findings of one merchant, the newest first.

CREATE INDEX CONCURRENTLY finding_merchant_list ON mq_pay."Finding" (merchant_id, created_at DESC, id DESC);
