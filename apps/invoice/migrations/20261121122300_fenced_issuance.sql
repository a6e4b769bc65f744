-- role: nx_invoice_owner
-- oldest: 0.1.0
-- A call to a provider is begun and finished under the lease of its worker. Rows of the release before have no token.
ALTER TABLE invoice."InvoiceIssuance" ADD COLUMN fencing_token bigint;
CREATE TRIGGER invoice_issuance_fence BEFORE INSERT OR UPDATE OF finished_at ON invoice."InvoiceIssuance"
  FOR EACH ROW WHEN (NEW.fencing_token IS NOT NULL) EXECUTE FUNCTION platform.refuse_stale_lease();
