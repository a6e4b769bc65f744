-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- The gauge of subscribers that keep failing is read with all metrics, however many subscriptions there are.

CREATE INDEX CONCURRENTLY webhook_config_failing ON payment."WebhookConfig" (failing_since)
  WHERE failing_since IS NOT NULL AND deleted_at IS NULL;
