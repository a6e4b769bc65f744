-- role: nx_payment_owner
-- oldest: 0.1.0
-- Seals over journals and audit rows, so that a change of the past shows. Written by a worker after the rows are
-- committed; a seal holds the hash of its row and of the seal before it.

-- The transaction that wrote a row: everything before the oldest running one is complete and final. Rows that are there
-- already get 0, without a rewrite of the table.
ALTER TABLE mq_pay."LedgerJournal" ADD COLUMN written_in xid8 NOT NULL DEFAULT '0';
ALTER TABLE mq_pay."LedgerJournal" ALTER COLUMN written_in SET DEFAULT pg_current_xact_id();
ALTER TABLE payment."AuditTrail" ADD COLUMN written_in xid8 NOT NULL DEFAULT '0';
ALTER TABLE payment."AuditTrail" ALTER COLUMN written_in SET DEFAULT pg_current_xact_id();

CREATE TABLE mq_pay."ChainSeal" (
  chain text COLLATE "C" NOT NULL CHECK (chain IN ('LEDGER', 'AUDIT')),
  sequence bigint NOT NULL CHECK (sequence > 0),
  row_id text COLLATE "C" NOT NULL,
  checkpoint bigint NOT NULL,
  content_hash text NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (chain, sequence),
  UNIQUE (chain, row_id)
);
CREATE INDEX chain_seal_checkpoint ON mq_pay."ChainSeal" (chain, checkpoint);

CREATE TABLE mq_pay."ChainCheckpoint" (
  chain text COLLATE "C" NOT NULL CHECK (chain IN ('LEDGER', 'AUDIT')),
  number bigint NOT NULL CHECK (number > 0),
  first_sequence bigint NOT NULL,
  last_sequence bigint NOT NULL,
  rows int NOT NULL CHECK (rows > 0),
  entries int NOT NULL,
  -- Rows of transactions below this one are all sealed.
  sealed_to xid8 NOT NULL,
  last_hash text NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  fencing_token bigint NOT NULL,
  sealed_at timestamptz NOT NULL,
  PRIMARY KEY (chain, number)
);

-- All that was ever debited and credited to an account up to a checkpoint, for the accounts that it moved.
CREATE TABLE mq_pay."LedgerBalance" (
  account_id text COLLATE "C" NOT NULL,
  checkpoint bigint NOT NULL,
  debit numeric(38, 0) NOT NULL,
  credit numeric(38, 0) NOT NULL,
  PRIMARY KEY (account_id, checkpoint)
);
CREATE INDEX ledger_balance_checkpoint ON mq_pay."LedgerBalance" (checkpoint);

DO $$
DECLARE
  named text;
BEGIN
  -- Accounts are in the hashes of their entries, so they do not change either.
  FOREACH named IN ARRAY ARRAY['ChainSeal', 'ChainCheckpoint', 'LedgerBalance', 'LedgerAccount'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mq_pay.%I
      FOR EACH ROW EXECUTE FUNCTION mq_pay.refuse_change()', named);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON mq_pay.%I
      FOR EACH STATEMENT EXECUTE FUNCTION mq_pay.refuse_change()', named);
    EXECUTE format('ALTER TABLE mq_pay.%I ENABLE ALWAYS TRIGGER append_only', named);
    EXECUTE format('ALTER TABLE mq_pay.%I ENABLE ALWAYS TRIGGER no_truncate', named);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON mq_pay.%I FROM nx_payment', named);
  END LOOP;
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT ON mq_pay."ChainSeal", mq_pay."ChainCheckpoint", mq_pay."LedgerBalance" TO nx_payment_operator;
  END IF;
END $$;
