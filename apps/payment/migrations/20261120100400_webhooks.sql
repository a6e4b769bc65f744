-- role: nx_payment_owner
-- oldest: 0.1.0
-- Who must be told, what they are told in which order, and each try to tell them.

CREATE TABLE payment."WebhookConfig" (
  id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  url text NOT NULL,
  event_types text[] NOT NULL,
  status text NOT NULL,
  signing_method text NOT NULL,
  secret text,
  headers jsonb NOT NULL DEFAULT '{}',
  merchant_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX webhook_config_event_types ON payment."WebhookConfig" USING gin (event_types)
  WHERE deleted_at IS NULL AND status = '201_ACTIVATED';
CREATE INDEX webhook_config_merchant ON payment."WebhookConfig" (merchant_id, created_at DESC);

-- The last number given to a subscriber within one transaction: numbers are gapless.
CREATE TABLE payment."WebhookSequence" (
  webhook_config_id text COLLATE "C" NOT NULL,
  transaction_id text COLLATE "C" NOT NULL,
  last_sequence int NOT NULL,
  PRIMARY KEY (webhook_config_id, transaction_id)
);

CREATE TABLE payment."WebhookDelivery" (
  id text COLLATE "C" PRIMARY KEY,
  webhook_config_id text COLLATE "C" NOT NULL REFERENCES payment."WebhookConfig" (id),
  event_id text COLLATE "C" NOT NULL,
  event_type text NOT NULL,
  merchant_id text COLLATE "C" NOT NULL,
  transaction_id text COLLATE "C" NOT NULL,
  sequence int NOT NULL,
  -- The exact bytes that are signed and sent; a replay sends the same.
  body text NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'SENDING', 'DELIVERED', 'DEAD')),
  tries int NOT NULL DEFAULT 0,
  next_try_at timestamptz,
  locked_until timestamptz,
  delivered_at timestamptz,
  last_error text,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  request_id text,
  UNIQUE (webhook_config_id, event_id),
  UNIQUE (webhook_config_id, transaction_id, sequence)
);
CREATE INDEX webhook_delivery_due ON payment."WebhookDelivery" (next_try_at) WHERE status IN ('PENDING', 'SENDING');
CREATE INDEX webhook_delivery_list ON payment."WebhookDelivery" (webhook_config_id, created_at DESC, id DESC);
CREATE INDEX webhook_delivery_transaction ON payment."WebhookDelivery" (transaction_id, created_at);

CREATE TABLE payment."WebhookTry" (
  id text COLLATE "C" NOT NULL,
  delivery_id text COLLATE "C" NOT NULL,
  number int NOT NULL,
  started_at timestamptz NOT NULL,
  duration_ms int NOT NULL,
  status_code int,
  error text,
  response_excerpt text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE payment."WebhookTry_default" PARTITION OF payment."WebhookTry" DEFAULT;
CREATE INDEX webhook_try_delivery ON payment."WebhookTry" (delivery_id, number);

-- Operators read everything but secrets.
DO $$
DECLARE
  named record;
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT USAGE ON SCHEMA payment, mq_pay TO nx_payment_operator;
    GRANT SELECT ON mq_pay."Transaction", mq_pay."PaymentAttempt", mq_pay."Finding", mq_pay."SuspenseItem",
      mq_pay."LedgerAccount", mq_pay."LedgerJournal", mq_pay."LedgerEntry", payment."AuditTrail",
      payment."WebhookDelivery", payment."WebhookTry", payment."WebhookSequence" TO nx_payment_operator;
    FOR named IN
      SELECT c.table_schema, c.table_name,
             string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position) AS readable
      FROM information_schema.columns c
      WHERE (c.table_schema, c.table_name) IN (('payment', 'Configuration'), ('payment', 'WebhookConfig'), ('mq_pay', 'ProviderOperation'), ('mq_pay', 'IpnInbox'))
        AND c.column_name NOT IN ('credential', 'previous_credential', 'secret', 't_value', 'request_sealed', 'response_sealed', 'body_sealed')
      GROUP BY c.table_schema, c.table_name
    LOOP
      EXECUTE format('GRANT SELECT (%s) ON %I.%I TO nx_payment_operator', named.readable, named.table_schema, named.table_name);
    END LOOP;
  END IF;
END $$;
