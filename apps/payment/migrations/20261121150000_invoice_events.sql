-- role: nx_payment_owner
-- oldest: 0.1.0
-- What the invoice service told of the invoices of a sale, one row per event, for the timeline of its payments. Written
-- once: a repeated record finds its row.

CREATE TABLE mq_pay."InvoiceEvent" (
  event_id text COLLATE "C" PRIMARY KEY,
  event_type text NOT NULL,
  merchant_id text COLLATE "C" NOT NULL,
  -- As the invoice service names it: 001_SALE_ORDER.
  source_type text NOT NULL,
  source_id text COLLATE "C" NOT NULL,
  invoice_id text COLLATE "C" NOT NULL,
  origin text NOT NULL,
  parent_id text COLLATE "C",
  status text NOT NULL,
  -- Of the invoice; null where a release told it that does not know of it.
  invoice_version bigint,
  invoice_form text NOT NULL,
  invoice_symbol text NOT NULL,
  invoice_number text,
  invoice_date text,
  lookup_code text,
  cqt_code text,
  total bigint NOT NULL,
  currency text NOT NULL,
  issuance_mode text,
  reason text,
  waits_for text[] NOT NULL,
  due_at timestamptz,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE INDEX invoice_event_source ON mq_pay."InvoiceEvent" (source_id, merchant_id);

CREATE TRIGGER invoice_event_written_once BEFORE UPDATE OR DELETE ON mq_pay."InvoiceEvent"
  FOR EACH ROW EXECUTE FUNCTION mq_pay.refuse_change();
CREATE TRIGGER invoice_event_not_truncated BEFORE TRUNCATE ON mq_pay."InvoiceEvent"
  FOR EACH STATEMENT EXECUTE FUNCTION mq_pay.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON mq_pay."InvoiceEvent" FROM nx_payment;

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT ON mq_pay."InvoiceEvent" TO nx_payment_operator;
  END IF;
END $$;
