-- role: nx_invoice_owner
-- oldest: 0.1.0
-- An issued invoice whose code the authority has not given yet is asked for at its provider.

ALTER TABLE invoice."Invoice" ADD COLUMN authority_asked_at timestamptz;
ALTER TABLE invoice."Invoice" ADD COLUMN authority_asks int NOT NULL DEFAULT 0;
CREATE INDEX invoice_authority_pending ON invoice."Invoice" (issued_at)
  WHERE issuance_status = 'SUCCESS' AND authority_status = 'PENDING' AND deleted_at IS NULL;
