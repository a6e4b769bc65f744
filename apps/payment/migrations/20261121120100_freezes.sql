-- role: nx_payment_owner
-- oldest: 0.1.0
-- What operators have stopped, and the fence that keeps a transaction from committing what was stopped meanwhile.

CREATE TABLE payment."OperationalFreeze" (
  id text COLLATE "C" PRIMARY KEY,
  scope_type text NOT NULL CHECK (scope_type IN ('global', 'organizer', 'merchant', 'provider')),
  scope_value text COLLATE "C",
  operation text NOT NULL CHECK (operation IN
    ('PAYMENT_CREATE', 'CONFIRM', 'CAPTURE', 'REFUND', 'PAYOUT', 'SETTLEMENT', 'ADJUSTMENT', 'ALL')),
  reason text NOT NULL,
  ticket text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  -- Lifting takes two: who approved it and who did it.
  approved_by text,
  lifted_by text,
  lifted_at timestamptz,
  lift_reason text,
  CHECK ((scope_type = 'global') = (scope_value IS NULL)),
  CHECK (operation <> 'ALL' OR scope_type = 'provider'),
  CHECK (expires_at IS NULL OR expires_at > created_at),
  CHECK ((lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (approved_by IS NULL)),
  CHECK (approved_by IS NULL OR (approved_by <> lifted_by AND approved_by NOT LIKE 'pod:%' AND lifted_by NOT LIKE 'pod:%'))
);
CREATE INDEX operational_freeze_live ON payment."OperationalFreeze" (created_at) WHERE lifted_at IS NULL;
CREATE INDEX operational_freeze_list ON payment."OperationalFreeze" (created_at DESC, id DESC);
REVOKE DELETE, TRUNCATE ON payment."OperationalFreeze" FROM nx_payment;

-- One row whose number grows with every change of a freeze.
CREATE TABLE payment."FreezeEpoch" (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch bigint NOT NULL DEFAULT 1
);
INSERT INTO payment."FreezeEpoch" DEFAULT VALUES;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON payment."FreezeEpoch" FROM nx_payment;

-- Waits until everyone who has passed the fence has ended, and lets nobody pass until this transaction has.
CREATE FUNCTION payment.move_freeze_epoch() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(20261121, 1);
  UPDATE payment."FreezeEpoch" SET epoch = epoch + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER move_freeze_epoch BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON payment."OperationalFreeze"
  FOR EACH STATEMENT EXECUTE FUNCTION payment.move_freeze_epoch();
ALTER TABLE payment."OperationalFreeze" ENABLE ALWAYS TRIGGER move_freeze_epoch;

-- Called by the statement that writes. The lock is shared and held to the end of the transaction; the epoch is read
-- after it is held, by a snapshot of its own (VOLATILE), so what was committed before is seen though the statement
-- itself began earlier.
CREATE FUNCTION payment.freeze_fence(seen bigint) RETURNS boolean
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
  present bigint;
BEGIN
  PERFORM pg_catalog.pg_advisory_xact_lock_shared(20261121, 1);
  SELECT epoch INTO present FROM payment."FreezeEpoch";
  IF present IS DISTINCT FROM seen THEN
    RAISE EXCEPTION 'freezes have changed since epoch %', seen USING ERRCODE = 'NX001';
  END IF;
  RETURN true;
END $$;

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT ON payment."OperationalFreeze", payment."FreezeEpoch" TO nx_payment_operator;
  END IF;
END $$;
