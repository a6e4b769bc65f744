-- role: nx_payment_owner
-- oldest: 0.1.0
-- When people are reminded next of the evidence for a chargeback. The default lets a worker look at the cases that are
-- open already, and at those that a release opens which does not know of it.

ALTER TABLE mq_pay."Chargeback" ADD COLUMN next_reminder_at timestamptz DEFAULT '1970-01-01T00:00:00Z';
