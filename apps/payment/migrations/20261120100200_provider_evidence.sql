-- role: nx_payment_owner
-- oldest: 0.1.0
-- What was said to providers, and what they said.

-- Written before the call and completed after it: a started row without an end is a call whose outcome must be asked.
CREATE TABLE mq_pay."ProviderOperation" (
  id text COLLATE "C" PRIMARY KEY,
  attempt_id text COLLATE "C" NOT NULL REFERENCES mq_pay."PaymentAttempt" (id),
  transaction_id text COLLATE "C" NOT NULL,
  merchant_id text COLLATE "C" NOT NULL,
  provider text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('CREATE', 'QUERY', 'REFUND', 'CANCEL')),
  request_fingerprint text,
  credential_id text COLLATE "C",
  credential_key_id text,
  code_table_version text,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  duration_ms int,
  outcome text CHECK (outcome IN ('SUCCEEDED', 'REFUSED', 'UNKNOWN')),
  provider_code text,
  request_sealed text,
  response_sealed text,
  fencing_token bigint,
  request_id text
);
CREATE INDEX provider_operation_attempt ON mq_pay."ProviderOperation" (attempt_id, started_at);
CREATE INDEX provider_operation_transaction ON mq_pay."ProviderOperation" (transaction_id, started_at);
CREATE INDEX provider_operation_open ON mq_pay."ProviderOperation" (started_at) WHERE finished_at IS NULL;

-- Each verified callback once, stored in the statement that answers it.
CREATE TABLE mq_pay."IpnInbox" (
  id text COLLATE "C" PRIMARY KEY,
  provider text NOT NULL,
  event_key text NOT NULL,
  attempt_id text COLLATE "C",
  transaction_id text COLLATE "C",
  merchant_id text COLLATE "C",
  credential_id text COLLATE "C",
  answer text NOT NULL,
  body_sealed text NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}',
  received_at timestamptz NOT NULL,
  received_count int NOT NULL DEFAULT 1,
  processed_at timestamptz,
  outcome text,
  tries int NOT NULL DEFAULT 0,
  next_try_at timestamptz,
  last_error text,
  request_id text,
  UNIQUE (provider, event_key)
);
CREATE INDEX ipn_inbox_due ON mq_pay."IpnInbox" (next_try_at) WHERE processed_at IS NULL;
CREATE INDEX ipn_inbox_transaction ON mq_pay."IpnInbox" (transaction_id, received_at);

-- A sample of what did not verify, capped by the writer; it never holds a key of the inbox.
CREATE TABLE mq_pay."ForgedIpn" (
  id text COLLATE "C" PRIMARY KEY,
  provider text NOT NULL,
  named_merchant text,
  reason text NOT NULL,
  body_sealed text NOT NULL,
  remote_address text,
  received_at timestamptz NOT NULL,
  request_id text
);
CREATE INDEX forged_ipn_received ON mq_pay."ForgedIpn" (received_at);
