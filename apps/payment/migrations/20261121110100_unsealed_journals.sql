-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- The sealer reads journals in the order of the transactions that wrote them.

CREATE INDEX CONCURRENTLY ledger_journal_written_in ON mq_pay."LedgerJournal" (written_in, id);
