-- role: nx_payment_owner
-- oldest: 0.1.0
-- Subscribers get public signatures beside shared secrets, two secrets while one is replaced, and after an outage what
-- died of it by itself.

ALTER TABLE payment."WebhookConfig"
  ADD COLUMN public_key text,
  ADD COLUMN previous_secret text,
  ADD COLUMN previous_secret_until timestamptz,
  ADD COLUMN failing_since timestamptz;

-- TRANSIENT: no answer or a 5xx, so that another try can help. FINAL: the subscriber or the guard refused.
ALTER TABLE payment."WebhookDelivery"
  ADD COLUMN death text CHECK (death IN ('TRANSIENT', 'FINAL')),
  -- How often it was sent again by itself: an event that the subscriber can never take must not come for ever.
  ADD COLUMN revivals int NOT NULL DEFAULT 0;
CREATE INDEX webhook_delivery_transient ON payment."WebhookDelivery" (webhook_config_id, created_at)
  WHERE status = 'DEAD' AND death = 'TRANSIENT';

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT (public_key, previous_secret_until, failing_since) ON payment."WebhookConfig" TO nx_payment_operator;
  END IF;
END $$;
