-- role: nx_payment_owner
-- oldest: 0.1.0
-- A finding has an owner and an outcome. Its column closed_at was never written; resolved_at takes its place.

ALTER TABLE mq_pay."Finding"
  ADD COLUMN note text,
  ADD COLUMN resolved_by text,
  ADD COLUMN resolved_at timestamptz;
