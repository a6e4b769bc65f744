-- role: nx_signal_owner
-- oldest: 0.1.0
-- Who looked at, sent to or ended the sockets of others. Rows are written once: nobody updates, deletes or truncates.

CREATE TABLE signal."SocketAudit" (
  id text COLLATE "C" PRIMARY KEY,
  created_at timestamptz NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  actor_roles text[] NOT NULL,
  action text NOT NULL CHECK (action IN ('list', 'read', 'broadcast', 'send_room', 'send_client', 'disconnect')),
  target text,
  topic text,
  data_bytes int,
  request_id text
);
CREATE INDEX socket_audit_age ON signal."SocketAudit" (created_at);
CREATE INDEX socket_audit_actor ON signal."SocketAudit" (actor_id, created_at);

CREATE FUNCTION signal.refuse_socket_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of "SocketAudit" are written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON signal."SocketAudit"
  FOR EACH ROW EXECUTE FUNCTION signal.refuse_socket_audit_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON signal."SocketAudit"
  FOR EACH STATEMENT EXECUTE FUNCTION signal.refuse_socket_audit_change();
ALTER TABLE signal."SocketAudit" ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE signal."SocketAudit" ENABLE ALWAYS TRIGGER refuse_truncate;
REVOKE UPDATE, DELETE, TRUNCATE ON signal."SocketAudit" FROM nx_signal;
