-- role: nx_payment_owner
-- oldest: 0.1.0
-- On its own, so that the scan holds no lock that a payment waits for.
ALTER TABLE mq_pay."Transaction" VALIDATE CONSTRAINT transaction_gone;
