-- role: nx_payment_owner
-- oldest: 0.1.0
-- What a provider has to be told to give money in suspense back: the reference under which it took the money, where
-- that is not the one of the attempt that people matched it to, and when it was paid.

ALTER TABLE mq_pay."SuspenseItem"
  ADD COLUMN named_reference text,
  ADD COLUMN provider_paid_at timestamptz;
