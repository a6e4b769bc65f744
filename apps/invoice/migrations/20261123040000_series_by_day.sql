-- role: nx_invoice_owner
-- oldest: 0.1.0
-- transaction: none
-- Is an older day of the series open? The day is that of the sale, for a correction that of its making: an index of the
-- sale's alone made each invoice look at all that wait in its series.

CREATE INDEX CONCURRENTLY IF NOT EXISTS invoice_series_open_day ON invoice."Invoice"
  (seller_tax_code, invoice_form, invoice_symbol, (CASE origin WHEN '000_ORIGIN' THEN tax_point ELSE created_at END))
  WHERE issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN') AND deleted_at IS NULL;
