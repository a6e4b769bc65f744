-- role: nx_shared_owner
-- oldest: 0.1.0
-- A known text sealed with each data key: a process whose ring cannot open it has other secrets and must not start.
CREATE TABLE platform."KeyCheck" (
  scope      text COLLATE "C" NOT NULL,
  key_id     text COLLATE "C" NOT NULL,
  sealed     text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key_id)
);
GRANT SELECT, INSERT ON platform."KeyCheck" TO nx_payment, nx_invoice, nx_signal;
REVOKE UPDATE, TRUNCATE ON platform."KeyCheck" FROM nx_payment, nx_invoice, nx_signal;
