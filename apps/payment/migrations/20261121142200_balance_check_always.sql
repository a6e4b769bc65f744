-- role: nx_payment_owner
-- oldest: 0.1.0
-- The sum of a journal is zero for whoever writes it: also for a session that takes part in a replication, where ordinary
-- triggers are silent.

ALTER TABLE mq_pay."LedgerEntry" ENABLE ALWAYS TRIGGER ledger_entry_balances;
DO $$
DECLARE
  part regclass;
BEGIN
  FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'mq_pay."LedgerEntry"'::regclass LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_entry_balances', part);
  END LOOP;
END $$;
