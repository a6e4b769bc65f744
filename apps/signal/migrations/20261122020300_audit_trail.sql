-- role: nx_signal_owner
-- oldest: 0.1.0
-- What operators did, written with their change. Rows are written once: nobody updates, deletes or truncates.
CREATE TABLE signal."AuditTrail" (
  id text COLLATE "C" PRIMARY KEY,
  actor_id text NOT NULL,
  action text NOT NULL,
  entity_type text NOT NULL,
  entity_id text NOT NULL,
  merchant_id text,
  reason text,
  before jsonb,
  after jsonb,
  request_id text,
  created_at timestamptz NOT NULL
);
CREATE INDEX audit_trail_entity ON signal."AuditTrail" (entity_type, entity_id, created_at);

CREATE FUNCTION signal.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of "%" are written once', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_trail_append_only BEFORE UPDATE OR DELETE ON signal."AuditTrail"
  FOR EACH ROW EXECUTE FUNCTION signal.refuse_change();
CREATE TRIGGER audit_trail_no_truncate BEFORE TRUNCATE ON signal."AuditTrail"
  FOR EACH STATEMENT EXECUTE FUNCTION signal.refuse_change();
ALTER TABLE signal."AuditTrail" ENABLE ALWAYS TRIGGER audit_trail_append_only;
ALTER TABLE signal."AuditTrail" ENABLE ALWAYS TRIGGER audit_trail_no_truncate;
REVOKE UPDATE, DELETE, TRUNCATE ON signal."AuditTrail" FROM nx_signal;
