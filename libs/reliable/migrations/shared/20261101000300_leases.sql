-- role: nx_shared_owner
-- oldest: 0.1.0
CREATE SEQUENCE platform.fencing_token AS bigint;
GRANT USAGE, SELECT ON SEQUENCE platform.fencing_token TO nx_payment, nx_invoice, nx_signal;

-- Who issues ids with which node id. issued_until (ms since 1970): no id of the node carries a later time.
CREATE TABLE platform."NodeLease" (
  node_id       integer PRIMARY KEY CHECK (node_id BETWEEN 0 AND 1023),
  owner         text,
  fencing_token bigint NOT NULL DEFAULT 0,
  acquired_at   timestamptz,
  expires_at    timestamptz NOT NULL DEFAULT '-infinity',
  issued_until  bigint NOT NULL DEFAULT 0
);

-- Who does a piece of batch work. The row stays when the work ends, so that the token only grows.
CREATE TABLE platform."WorkerLease" (
  lease_name    text COLLATE "C" PRIMARY KEY,
  owner_id      text NOT NULL,
  fencing_token bigint NOT NULL,
  acquired_at   timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON platform."NodeLease", platform."WorkerLease" TO nx_payment, nx_invoice, nx_signal;
REVOKE DELETE, TRUNCATE ON platform."NodeLease", platform."WorkerLease" FROM nx_payment, nx_invoice, nx_signal;
