-- role: nx_payment_owner
-- oldest: 0.1.0
-- What a source document has to be paid, and each try to pay it.

CREATE TABLE mq_pay."Transaction" (
  id text COLLATE "C" PRIMARY KEY,
  uid text NOT NULL UNIQUE,
  merchant_id text COLLATE "C" NOT NULL,
  organizer_id text COLLATE "C",
  source_type text NOT NULL,
  source_id text NOT NULL,
  source_uid text NOT NULL,
  total bigint NOT NULL CHECK (total > 0),
  paid bigint NOT NULL DEFAULT 0 CHECK (paid >= 0 AND paid <= total),
  open_amount bigint NOT NULL DEFAULT 0 CHECK (open_amount >= 0),
  refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
  refund_reserved bigint NOT NULL DEFAULT 0 CHECK (refund_reserved >= 0),
  charged_back bigint NOT NULL DEFAULT 0 CHECK (charged_back >= 0),
  currency text NOT NULL,
  status text NOT NULL,
  blocked_from text,
  version bigint NOT NULL DEFAULT 1,
  settled_at timestamptz,
  cancelled_at timestamptz,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}',
  CHECK (paid - refunded - refund_reserved - charged_back >= 0)
);

-- One active transaction for a source: the guard against two checkouts at once.
CREATE UNIQUE INDEX transaction_active_source ON mq_pay."Transaction" (merchant_id, source_type, source_id)
  WHERE status NOT IN ('505_CANCELLED', '408_REFUNDED') AND deleted_at IS NULL;
CREATE INDEX transaction_merchant_list ON mq_pay."Transaction" (merchant_id, created_at DESC, id DESC);
CREATE INDEX transaction_source ON mq_pay."Transaction" (merchant_id, source_type, source_id, created_at DESC);

CREATE TABLE mq_pay."PaymentAttempt" (
  id text COLLATE "C" PRIMARY KEY,
  uid text NOT NULL UNIQUE,
  transaction_id text COLLATE "C" NOT NULL REFERENCES mq_pay."Transaction" (id),
  merchant_id text COLLATE "C" NOT NULL,
  parent_id text COLLATE "C" REFERENCES mq_pay."PaymentAttempt" (id),
  type text NOT NULL,
  provider text NOT NULL,
  method text NOT NULL,
  credential_id text COLLATE "C",
  terminal text,
  amount bigint NOT NULL CHECK (amount > 0),
  applied_amount bigint NOT NULL DEFAULT 0 CHECK (applied_amount >= 0 AND applied_amount <= amount),
  refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
  refund_reserved bigint NOT NULL DEFAULT 0 CHECK (refund_reserved >= 0),
  tendered bigint,
  status text NOT NULL,
  reason text,
  provider_reference text,
  refund_reference text,
  bank_code text,
  bank_reference text,
  provider_created_at timestamptz,
  provider_paid_at timestamptz,
  qr_content text,
  pay_url text,
  expires_at timestamptz NOT NULL,
  sent_at timestamptz,
  finished_at timestamptz,
  -- When the outcome is asked next, and how many steps of the schedule are used up.
  next_query_at timestamptz,
  -- When the answer to the only CREATE was given up: then nobody ever saw a QR of this attempt.
  create_lost_at timestamptz,
  query_step int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}',
  CHECK (applied_amount - refunded - refund_reserved >= 0)
);

CREATE INDEX payment_attempt_transaction ON mq_pay."PaymentAttempt" (transaction_id, created_at, id);
-- What the scheduler looks at: open attempts, and ended ones of which a payment may still turn up.
CREATE INDEX payment_attempt_due ON mq_pay."PaymentAttempt" (next_query_at) WHERE next_query_at IS NOT NULL;
-- One provider reference is one payment.
CREATE UNIQUE INDEX payment_attempt_provider_reference ON mq_pay."PaymentAttempt" (provider, provider_reference)
  WHERE provider_reference IS NOT NULL;
-- One bank transfer pays once.
CREATE UNIQUE INDEX payment_attempt_bank_reference ON mq_pay."PaymentAttempt" (merchant_id, bank_reference)
  WHERE bank_reference IS NOT NULL;

CREATE TABLE mq_pay."Finding" (
  id text COLLATE "C" PRIMARY KEY,
  code text NOT NULL,
  merchant_id text COLLATE "C",
  transaction_id text COLLATE "C",
  attempt_id text COLLATE "C",
  detail text NOT NULL,
  status text NOT NULL DEFAULT 'OPEN',
  owner text,
  outcome text,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  closed_at timestamptz,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX finding_open ON mq_pay."Finding" (created_at) WHERE status = 'OPEN';
CREATE INDEX finding_transaction ON mq_pay."Finding" (transaction_id);

CREATE TABLE mq_pay."SuspenseItem" (
  id text COLLATE "C" PRIMARY KEY,
  merchant_id text COLLATE "C" NOT NULL,
  provider text NOT NULL,
  provider_reference text NOT NULL,
  attempt_id text COLLATE "C" REFERENCES mq_pay."PaymentAttempt" (id),
  transaction_id text COLLATE "C",
  amount bigint NOT NULL CHECK (amount > 0),
  accepted bigint NOT NULL DEFAULT 0 CHECK (accepted >= 0),
  refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
  reversed bigint NOT NULL DEFAULT 0 CHECK (reversed >= 0),
  currency text NOT NULL,
  reason text NOT NULL,
  finding_id text COLLATE "C" REFERENCES mq_pay."Finding" (id),
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  UNIQUE (provider, provider_reference),
  CHECK (accepted + refunded + reversed <= amount)
);
CREATE INDEX suspense_item_attempt ON mq_pay."SuspenseItem" (attempt_id);
