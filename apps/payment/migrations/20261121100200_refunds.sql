-- role: nx_payment_owner
-- oldest: 0.1.0
-- Money that goes back. A refund is one promise to give an amount back; each try of it is an attempt 300_REFUND.

CREATE TABLE mq_pay."Refund" (
  id text COLLATE "C" PRIMARY KEY,
  transaction_id text COLLATE "C" NOT NULL REFERENCES mq_pay."Transaction" (id),
  merchant_id text COLLATE "C" NOT NULL,
  -- The paid attempt whose money goes back.
  attempt_id text COLLATE "C" NOT NULL REFERENCES mq_pay."PaymentAttempt" (id),
  kind text NOT NULL CHECK (kind IN ('SALE', 'SUSPENSE')),
  suspense_item_id text COLLATE "C" REFERENCES mq_pay."SuspenseItem" (id),
  client_reference text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  reason text NOT NULL,
  status text NOT NULL CHECK (status IN ('NEW', 'SENT', 'UNKNOWN', 'SUCCEEDED', 'FAILED')),
  -- Absent = as the money came. By hand only with what proves it.
  by_hand text CHECK (by_hand IN ('CASH', 'BANK_TRANSFER')),
  evidence text,
  -- The success rests on an answer that nobody signed; the provider's report confirms it.
  to_be_confirmed boolean NOT NULL DEFAULT false,
  finished_at timestamptz,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  created_by text,
  modified_by text,
  UNIQUE (transaction_id, client_reference),
  CHECK (by_hand IS NULL OR evidence IS NOT NULL),
  CHECK ((kind = 'SUSPENSE') = (suspense_item_id IS NOT NULL))
);
-- One refund of an attempt at a time.
CREATE UNIQUE INDEX refund_in_flight ON mq_pay."Refund" (attempt_id) WHERE status IN ('NEW', 'SENT', 'UNKNOWN');
-- Money in suspense is given back once.
CREATE UNIQUE INDEX refund_suspense_item ON mq_pay."Refund" (suspense_item_id) WHERE suspense_item_id IS NOT NULL;
CREATE INDEX refund_merchant_list ON mq_pay."Refund" (merchant_id, created_at DESC, id DESC);
-- What waits for an outcome or for a person; the ends that are good grow without bound and are left out.
CREATE INDEX refund_unfinished ON mq_pay."Refund" (status, created_at) WHERE status <> 'SUCCEEDED';

ALTER TABLE mq_pay."PaymentAttempt"
  -- The refund that a try belongs to, its number at the provider, and the provider's reference of the refund.
  ADD COLUMN refund_id text COLLATE "C",
  ADD COLUMN refund_provider_reference text;
CREATE UNIQUE INDEX payment_attempt_refund_reference ON mq_pay."PaymentAttempt" (provider, refund_reference)
  WHERE refund_reference IS NOT NULL;

-- When an amount in suspense is given back by itself; null = a person decides.
ALTER TABLE mq_pay."SuspenseItem" ADD COLUMN auto_refund_at timestamptz;
CREATE INDEX suspense_item_auto_refund ON mq_pay."SuspenseItem" (auto_refund_at) WHERE auto_refund_at IS NOT NULL;

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT ON mq_pay."Refund" TO nx_payment_operator;
  END IF;
END $$;
