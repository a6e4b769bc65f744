-- role: nx_invoice_owner
-- oldest: 0.1.0
-- Money that went back for a sale, as payment told it: held against what its invoices took back.

CREATE TABLE invoice."SaleRefund" (
  refund_id text COLLATE "C" PRIMARY KEY,
  merchant_id text COLLATE "C" NOT NULL,
  source_id text COLLATE "C" NOT NULL,
  transaction_id text COLLATE "C" NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  refunded_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX sale_refund_source ON invoice."SaleRefund" (merchant_id, source_id);

CREATE TRIGGER sale_refund_append_only BEFORE UPDATE OR DELETE ON invoice."SaleRefund"
  FOR EACH ROW EXECUTE FUNCTION invoice.refuse_change();
CREATE TRIGGER sale_refund_no_truncate BEFORE TRUNCATE ON invoice."SaleRefund"
  FOR EACH STATEMENT EXECUTE FUNCTION invoice.refuse_change();
ALTER TABLE invoice."SaleRefund" ENABLE ALWAYS TRIGGER sale_refund_append_only;
ALTER TABLE invoice."SaleRefund" ENABLE ALWAYS TRIGGER sale_refund_no_truncate;
REVOKE UPDATE, DELETE, TRUNCATE ON invoice."SaleRefund" FROM nx_invoice;
