-- role: nx_payment_owner
-- oldest: 0.1.0
-- Connections to providers and settings of a merchant. Values and secrets are sealed.

CREATE TABLE payment."Configuration" (
  id text COLLATE "C" PRIMARY KEY,
  code text NOT NULL,
  "group" text NOT NULL,
  principal_type text,
  principal_id text COLLATE "C",
  environment text NOT NULL CHECK (environment IN ('DEVELOPMENT', 'PRODUCTION')),
  lookup_key text,
  t_value text,
  credential text,
  -- A credential that was replaced still verifies callbacks of attempts made under it.
  previous_credential text,
  previous_credential_until timestamptz,
  data_type text NOT NULL DEFAULT 'JSON',
  status text NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX configuration_principal ON payment."Configuration"
  ("group", code, principal_id, principal_type, environment) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE INDEX configuration_lookup ON payment."Configuration" (code, lookup_key);
CREATE INDEX configuration_list ON payment."Configuration" (principal_type, principal_id, created_at DESC);

-- Every operator action and every reading of a secret, as a chain.
CREATE TABLE payment."AuditTrail" (
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
CREATE INDEX audit_trail_entity ON payment."AuditTrail" (entity_type, entity_id, created_at);
CREATE TRIGGER audit_trail_append_only BEFORE UPDATE OR DELETE ON payment."AuditTrail"
  FOR EACH ROW EXECUTE FUNCTION mq_pay.refuse_change();
CREATE TRIGGER audit_trail_no_truncate BEFORE TRUNCATE ON payment."AuditTrail"
  FOR EACH STATEMENT EXECUTE FUNCTION mq_pay.refuse_change();
ALTER TABLE payment."AuditTrail" ENABLE ALWAYS TRIGGER audit_trail_append_only;
ALTER TABLE payment."AuditTrail" ENABLE ALWAYS TRIGGER audit_trail_no_truncate;
REVOKE UPDATE, DELETE, TRUNCATE ON payment."AuditTrail" FROM nx_payment;
