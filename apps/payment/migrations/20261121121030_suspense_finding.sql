-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- The money in suspense that a finding is about.

CREATE INDEX CONCURRENTLY suspense_item_finding ON mq_pay."SuspenseItem" (finding_id);
