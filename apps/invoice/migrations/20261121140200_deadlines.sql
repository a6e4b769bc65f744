-- role: nx_invoice_owner
-- oldest: 0.1.0
-- transaction: none
-- The legal clock looks through what is not issued, the nearest deadline first.

CREATE INDEX CONCURRENTLY IF NOT EXISTS invoice_deadline ON invoice."Invoice" (legal_deadline_at)
  WHERE issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN', 'FAILED') AND deleted_at IS NULL;
