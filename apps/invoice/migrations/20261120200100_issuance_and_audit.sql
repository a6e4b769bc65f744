-- role: nx_invoice_owner
-- oldest: 0.1.0
-- Each call to a provider, written before it is made, and the chain of what happened to an invoice.

CREATE TABLE invoice."InvoiceIssuance" (
  id text COLLATE "C" PRIMARY KEY,
  invoice_id text COLLATE "C" NOT NULL REFERENCES invoice."Invoice" (id),
  merchant_id text COLLATE "C" NOT NULL,
  source_id text COLLATE "C" NOT NULL,
  sequence int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ISSUE', 'LOOK_UP')),
  provider text NOT NULL,
  provider_key text COLLATE "C" NOT NULL,
  invoice_date date NOT NULL,
  request_fingerprint text NOT NULL,
  -- Sealed: both hold the buyer's data.
  request text,
  response text,
  -- Null while the call runs, or when its process died: then it counts as UNKNOWN.
  outcome text CHECK (outcome IN ('ISSUED', 'REFUSED', 'NOT_ISSUED', 'UNKNOWN', 'FOUND', 'NOT_FOUND', 'FAILED')),
  error_code text,
  error_message text,
  http_status int,
  provider_reference text,
  latency_ms int,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  UNIQUE (invoice_id, sequence)
);
CREATE INDEX invoice_issuance_source ON invoice."InvoiceIssuance" (source_id);
-- One call at a time for an invoice.
CREATE UNIQUE INDEX invoice_issuance_running ON invoice."InvoiceIssuance" (invoice_id) WHERE outcome IS NULL;

CREATE TABLE invoice."InvoiceAuditTracing" (
  id text COLLATE "C" PRIMARY KEY,
  invoice_id text COLLATE "C" NOT NULL,
  merchant_id text COLLATE "C" NOT NULL,
  source_id text COLLATE "C" NOT NULL,
  -- The invoice's version that this row tells of.
  position bigint NOT NULL,
  event_type text NOT NULL,
  outcome text NOT NULL,
  before jsonb,
  after jsonb,
  actor_id text NOT NULL,
  request_id text,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (invoice_id, position)
);
CREATE INDEX invoice_audit_source ON invoice."InvoiceAuditTracing" (source_id, created_at);

CREATE FUNCTION invoice.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of "%" is refused: its rows are written once', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER invoice_audit_append_only BEFORE UPDATE OR DELETE ON invoice."InvoiceAuditTracing"
  FOR EACH ROW EXECUTE FUNCTION invoice.refuse_change();
CREATE TRIGGER invoice_audit_no_truncate BEFORE TRUNCATE ON invoice."InvoiceAuditTracing"
  FOR EACH STATEMENT EXECUTE FUNCTION invoice.refuse_change();
ALTER TABLE invoice."InvoiceAuditTracing" ENABLE ALWAYS TRIGGER invoice_audit_append_only;
ALTER TABLE invoice."InvoiceAuditTracing" ENABLE ALWAYS TRIGGER invoice_audit_no_truncate;
REVOKE UPDATE, DELETE, TRUNCATE ON invoice."InvoiceAuditTracing" FROM nx_invoice;

-- A finished call is evidence: it is completed once and never again. What is sealed may be sealed under another key.
CREATE FUNCTION invoice.keep_finished_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR (OLD.outcome IS NOT NULL AND
     to_jsonb(NEW) - '{request,response}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{request,response}'::text[]) THEN
    RAISE EXCEPTION '% of "%" is refused: the call is finished', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER invoice_issuance_evidence BEFORE UPDATE OR DELETE ON invoice."InvoiceIssuance"
  FOR EACH ROW EXECUTE FUNCTION invoice.keep_finished_call();
CREATE TRIGGER invoice_issuance_no_truncate BEFORE TRUNCATE ON invoice."InvoiceIssuance"
  FOR EACH STATEMENT EXECUTE FUNCTION invoice.refuse_change();
ALTER TABLE invoice."InvoiceIssuance" ENABLE ALWAYS TRIGGER invoice_issuance_evidence;
ALTER TABLE invoice."InvoiceIssuance" ENABLE ALWAYS TRIGGER invoice_issuance_no_truncate;
REVOKE DELETE, TRUNCATE ON invoice."InvoiceIssuance" FROM nx_invoice;
