-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- People page through money that waits in suspense, the newest first.

CREATE INDEX CONCURRENTLY suspense_item_waiting ON mq_pay."SuspenseItem" (created_at DESC, id DESC)
  WHERE amount - accepted - refunded - reversed > 0;
