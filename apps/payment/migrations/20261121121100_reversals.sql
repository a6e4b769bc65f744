-- role: nx_payment_owner
-- oldest: 0.1.0
-- What a provider takes back, and what of suspense comes to count for a sale.

ALTER TABLE mq_pay."PaymentAttempt"
  -- What of its applied amount a reversal took from the owner; the applied amount itself stays as history.
  ADD COLUMN reversed bigint NOT NULL DEFAULT 0 CHECK (reversed >= 0),
  -- References whose reversal was proven before their success was heard of.
  ADD COLUMN awaited_reversals text[] NOT NULL DEFAULT '{}';

ALTER TABLE mq_pay."SuspenseItem"
  -- When the provider took the payment back; what was left of it may have been nothing.
  ADD COLUMN reversed_at timestamptz,
  -- How often a part of it was accepted: numbers the journals.
  ADD COLUMN acceptances int NOT NULL DEFAULT 0;
