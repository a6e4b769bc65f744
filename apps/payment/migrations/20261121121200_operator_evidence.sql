-- role: nx_payment_owner
-- oldest: 0.1.0
-- What people have seen that no machine could: the evidence by which an operator ended, reversed or accepted money.

CREATE TABLE mq_pay."OperatorEvidence" (
  id text COLLATE "C" PRIMARY KEY,
  -- The operation that it carried: transaction.resolve, transaction.reverse …
  operation text NOT NULL,
  transaction_id text COLLATE "C" NOT NULL,
  attempt_id text COLLATE "C",
  suspense_item_id text COLLATE "C",
  -- All that was said, as JSON.
  evidence_sealed text NOT NULL,
  -- Of the sealed text, so that two copies of one evidence are seen without opening them.
  fingerprint text NOT NULL,
  actor_id text NOT NULL,
  approval_id text COLLATE "C",
  request_id text,
  created_at timestamptz NOT NULL
);
CREATE INDEX operator_evidence_transaction ON mq_pay."OperatorEvidence" (transaction_id, created_at);
CREATE TRIGGER operator_evidence_append_only BEFORE UPDATE OR DELETE ON mq_pay."OperatorEvidence"
  FOR EACH ROW EXECUTE FUNCTION mq_pay.refuse_change();
CREATE TRIGGER operator_evidence_no_truncate BEFORE TRUNCATE ON mq_pay."OperatorEvidence"
  FOR EACH STATEMENT EXECUTE FUNCTION mq_pay.refuse_change();
ALTER TABLE mq_pay."OperatorEvidence" ENABLE ALWAYS TRIGGER operator_evidence_append_only;
ALTER TABLE mq_pay."OperatorEvidence" ENABLE ALWAYS TRIGGER operator_evidence_no_truncate;
REVOKE UPDATE, DELETE, TRUNCATE ON mq_pay."OperatorEvidence" FROM nx_payment;
