-- role: nx_payment_owner
-- oldest: 0.1.0
-- What one person asks for and another allows: bound to the hash of the exact payload, used once.

CREATE TABLE payment."Approval" (
  id text COLLATE "C" PRIMARY KEY,
  operation text NOT NULL,
  -- SHA-256 of operation and payload; the payload is what the second person reads before he decides.
  payload_hash text NOT NULL,
  payload jsonb NOT NULL,
  merchant_id text COLLATE "C",
  requested_by text NOT NULL,
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'USED')),
  approved_by text,
  rejected_by text,
  decided_at timestamptz,
  decision_reason text,
  used_at timestamptz,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  -- Two persons: nobody approves his own, and a machine is no person.
  CHECK (approved_by IS NULL OR (approved_by <> requested_by AND approved_by NOT LIKE 'pod:%')),
  CHECK (requested_by NOT LIKE 'pod:%'),
  CHECK ((state IN ('APPROVED', 'USED')) <= (approved_by IS NOT NULL)),
  CHECK ((state = 'USED') = (used_at IS NOT NULL))
);
-- The same question again is the same approval.
CREATE UNIQUE INDEX approval_live ON payment."Approval" (requested_by, operation, payload_hash)
  WHERE state IN ('PENDING', 'APPROVED');
CREATE INDEX approval_list ON payment."Approval" (created_at DESC, id DESC);
CREATE INDEX approval_expiry ON payment."Approval" (expires_at) WHERE state IN ('PENDING', 'APPROVED');

REVOKE DELETE, TRUNCATE ON payment."Approval" FROM nx_payment;
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT ON payment."Approval" TO nx_payment_operator;
  END IF;
END $$;
