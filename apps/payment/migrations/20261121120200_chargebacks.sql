-- role: nx_payment_owner
-- oldest: 0.1.0
-- Payments that buyers contest with their banks. The provider holds the money back until it is decided.

CREATE TABLE mq_pay."Chargeback" (
  id text COLLATE "C" PRIMARY KEY,
  transaction_id text COLLATE "C" NOT NULL REFERENCES mq_pay."Transaction" (id),
  merchant_id text COLLATE "C" NOT NULL,
  attempt_id text COLLATE "C" NOT NULL REFERENCES mq_pay."PaymentAttempt" (id),
  provider text NOT NULL,
  -- The provider's number of the case.
  chargeback_reference text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  reason text NOT NULL,
  status text NOT NULL CHECK (status IN ('OPEN', 'SUBMITTED', 'WON', 'LOST')),
  -- How the opening was booked, so that its end goes back to the same accounts.
  settlement_model text NOT NULL CHECK (settlement_model IN ('DIRECT', 'PLATFORM')),
  owner_available bigint NOT NULL CHECK (owner_available >= 0),
  -- Until when our evidence has to be with the provider.
  due_at timestamptz,
  evidence text,
  submitted_at timestamptz,
  outcome_evidence text,
  finished_at timestamptz,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  created_by text,
  modified_by text,
  CONSTRAINT chargeback_reference UNIQUE (provider, chargeback_reference),
  CHECK (status NOT IN ('WON', 'LOST') OR (outcome_evidence IS NOT NULL AND finished_at IS NOT NULL)),
  CHECK (status <> 'SUBMITTED' OR evidence IS NOT NULL)
);
CREATE INDEX chargeback_transaction ON mq_pay."Chargeback" (transaction_id);
CREATE INDEX chargeback_list ON mq_pay."Chargeback" (created_at DESC, id DESC);
CREATE INDEX chargeback_unfinished ON mq_pay."Chargeback" (due_at) WHERE status IN ('OPEN', 'SUBMITTED');
REVOKE DELETE, TRUNCATE ON mq_pay."Chargeback" FROM nx_payment;

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT ON mq_pay."Chargeback" TO nx_payment_operator;
  END IF;
END $$;
