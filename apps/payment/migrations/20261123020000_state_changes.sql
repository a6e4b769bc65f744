-- role: nx_payment_owner
-- oldest: 0.1.0
-- Changes of state that no event tells, an attempt that becomes UNKNOWN above all, for the timeline of their payment. The
-- usual payment has none: its states stand in the events of the outbox.

CREATE TABLE mq_pay."StateChange" (
  transaction_id text COLLATE "C" NOT NULL,
  -- Of the transaction, after the change; and the place within it.
  version bigint NOT NULL,
  position int NOT NULL,
  -- Null for the state of the transaction itself.
  attempt_id text COLLATE "C",
  from_status text NOT NULL,
  to_status text NOT NULL,
  reason text,
  actor_id text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (transaction_id, version, position)
);

CREATE TRIGGER state_change_append_only BEFORE UPDATE OR DELETE ON mq_pay."StateChange"
  FOR EACH ROW EXECUTE FUNCTION mq_pay.refuse_change();
CREATE TRIGGER state_change_no_truncate BEFORE TRUNCATE ON mq_pay."StateChange"
  FOR EACH STATEMENT EXECUTE FUNCTION mq_pay.refuse_change();
ALTER TABLE mq_pay."StateChange" ENABLE ALWAYS TRIGGER state_change_append_only;
ALTER TABLE mq_pay."StateChange" ENABLE ALWAYS TRIGGER state_change_no_truncate;
REVOKE UPDATE, DELETE, TRUNCATE ON mq_pay."StateChange" FROM nx_payment;

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT ON mq_pay."StateChange" TO nx_payment_operator;
  END IF;
END $$;
