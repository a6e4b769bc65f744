-- role: nx_payment_owner
-- oldest: 0.1.0
-- The timeline of a payment reads the events that it wrote.

CREATE INDEX outbox_aggregate ON mq_pay."Outbox" (aggregate_id);
