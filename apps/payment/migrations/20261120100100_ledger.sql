-- role: nx_payment_owner
-- oldest: 0.1.0
-- Double entry. Rows are written once: nobody updates, deletes or truncates them.

CREATE TABLE mq_pay."LedgerAccount" (
  id text COLLATE "C" PRIMARY KEY,
  type text NOT NULL,
  merchant_id text COLLATE "C",
  provider text,
  reason text,
  currency text NOT NULL,
  normal_side text NOT NULL CHECK (normal_side IN ('DEBIT', 'CREDIT')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mq_pay."LedgerJournal" (
  id text COLLATE "C" PRIMARY KEY,
  key text NOT NULL UNIQUE,
  kind text NOT NULL,
  merchant_id text COLLATE "C",
  transaction_id text COLLATE "C",
  attempt_id text COLLATE "C",
  currency text NOT NULL,
  effective_date date NOT NULL,
  rules_version text NOT NULL,
  reverses_journal_id text COLLATE "C" UNIQUE REFERENCES mq_pay."LedgerJournal" (id),
  created_at timestamptz NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ledger_journal_transaction ON mq_pay."LedgerJournal" (transaction_id);

CREATE TABLE mq_pay."LedgerEntry" (
  journal_id text COLLATE "C" NOT NULL,
  line int NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  side text NOT NULL CHECK (side IN ('DEBIT', 'CREDIT')),
  amount bigint NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (journal_id, line, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE mq_pay."LedgerEntry_default" PARTITION OF mq_pay."LedgerEntry" DEFAULT;
CREATE INDEX ledger_entry_account ON mq_pay."LedgerEntry" (account_id, created_at);

-- The sum of a journal is zero per currency. The check is deferred to the commit, when all lines are there.
CREATE FUNCTION mq_pay.ledger_journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  unbalanced text;
BEGIN
  SELECT string_agg(currency, ', ') INTO unbalanced FROM (
    SELECT currency FROM mq_pay."LedgerEntry"
    WHERE journal_id = NEW.journal_id AND created_at = NEW.created_at
    GROUP BY currency
    HAVING sum(CASE side WHEN 'DEBIT' THEN amount ELSE -amount END) <> 0
  ) AS sums;
  IF unbalanced IS NOT NULL THEN
    RAISE EXCEPTION 'journal % does not balance in %', NEW.journal_id, unbalanced USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON mq_pay."LedgerEntry"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mq_pay.ledger_journal_balances();

CREATE FUNCTION mq_pay.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of "%" is refused: its rows are written once', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER ledger_journal_append_only BEFORE UPDATE OR DELETE ON mq_pay."LedgerJournal"
  FOR EACH ROW EXECUTE FUNCTION mq_pay.refuse_change();
CREATE TRIGGER ledger_journal_no_truncate BEFORE TRUNCATE ON mq_pay."LedgerJournal"
  FOR EACH STATEMENT EXECUTE FUNCTION mq_pay.refuse_change();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON mq_pay."LedgerEntry"
  FOR EACH ROW EXECUTE FUNCTION mq_pay.refuse_change();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON mq_pay."LedgerEntry"
  FOR EACH STATEMENT EXECUTE FUNCTION mq_pay.refuse_change();
ALTER TABLE mq_pay."LedgerJournal" ENABLE ALWAYS TRIGGER ledger_journal_append_only;
ALTER TABLE mq_pay."LedgerJournal" ENABLE ALWAYS TRIGGER ledger_journal_no_truncate;
ALTER TABLE mq_pay."LedgerEntry" ENABLE ALWAYS TRIGGER ledger_entry_append_only;
ALTER TABLE mq_pay."LedgerEntry" ENABLE ALWAYS TRIGGER ledger_entry_no_truncate;
-- The partition itself could be addressed past its parent.
CREATE TRIGGER ledger_entry_default_no_truncate BEFORE TRUNCATE ON mq_pay."LedgerEntry_default"
  FOR EACH STATEMENT EXECUTE FUNCTION mq_pay.refuse_change();
ALTER TABLE mq_pay."LedgerEntry_default" ENABLE ALWAYS TRIGGER ledger_entry_default_no_truncate;

REVOKE UPDATE, DELETE, TRUNCATE ON mq_pay."LedgerJournal", mq_pay."LedgerEntry", mq_pay."LedgerEntry_default" FROM nx_payment;
