-- role: nx_payment_owner
-- oldest: 0.1.0
-- The first rows find the partition of their month. Made by the first upkeep instead, it would come among them.

SELECT mq_pay.ensure_monthly_partitions('mq_pay."LedgerEntry"'::regclass);
SELECT mq_pay.ensure_monthly_partitions('payment."WebhookTry"'::regclass);
