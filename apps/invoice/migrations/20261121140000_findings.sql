-- role: nx_invoice_owner
-- oldest: 0.1.0
-- What a person has to look at, with who does and what came of it; and what operators did, written with their change.

CREATE TABLE invoice."Finding" (
  id text COLLATE "C" PRIMARY KEY,
  code text NOT NULL,
  -- The part of the service that found it: ISSUANCE, LEGAL_CLOCK, AUTHORITY, TAX_INFO, PAYMENT, LEGAL_ACTION.
  origin text NOT NULL,
  merchant_id text COLLATE "C" NOT NULL,
  invoice_id text COLLATE "C",
  source_type text,
  source_id text COLLATE "C",
  -- What it is about: of one code and subject at most one is open.
  subject text COLLATE "C" NOT NULL,
  detail text NOT NULL,
  status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'RESOLVED')),
  owner text,
  outcome text,
  note text,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  resolved_at timestamptz,
  resolved_by text,
  metadata jsonb NOT NULL DEFAULT '{}',
  CHECK ((status = 'RESOLVED') = (outcome IS NOT NULL AND resolved_at IS NOT NULL))
);
CREATE UNIQUE INDEX finding_one_open ON invoice."Finding" (code, subject) WHERE status = 'OPEN';
CREATE INDEX finding_subject ON invoice."Finding" (subject, code);
CREATE INDEX finding_list ON invoice."Finding" (status, created_at DESC, id DESC);
CREATE INDEX finding_merchant ON invoice."Finding" (merchant_id, created_at DESC, id DESC);
CREATE INDEX finding_invoice ON invoice."Finding" (invoice_id) WHERE invoice_id IS NOT NULL;
REVOKE DELETE, TRUNCATE ON invoice."Finding" FROM nx_invoice;

-- What an invoice itself went through stands in its own chain; here is who did what to findings, queues and series.
CREATE TABLE invoice."AuditTrail" (
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
CREATE INDEX audit_trail_entity ON invoice."AuditTrail" (entity_type, entity_id, created_at);
CREATE TRIGGER audit_trail_append_only BEFORE UPDATE OR DELETE ON invoice."AuditTrail"
  FOR EACH ROW EXECUTE FUNCTION invoice.refuse_change();
CREATE TRIGGER audit_trail_no_truncate BEFORE TRUNCATE ON invoice."AuditTrail"
  FOR EACH STATEMENT EXECUTE FUNCTION invoice.refuse_change();
ALTER TABLE invoice."AuditTrail" ENABLE ALWAYS TRIGGER audit_trail_append_only;
ALTER TABLE invoice."AuditTrail" ENABLE ALWAYS TRIGGER audit_trail_no_truncate;
REVOKE UPDATE, DELETE, TRUNCATE ON invoice."AuditTrail" FROM nx_invoice;
