-- role: nx_invoice_owner
-- oldest: 0.1.0
-- Adjustments and replacements: invoices of their own that name the one they correct and never take back more of it
-- than was issued.

ALTER TABLE invoice."Invoice" ADD COLUMN correction jsonb;
COMMENT ON COLUMN invoice."Invoice".correction IS
  'why and of which invoice; frozen when the adjustment or replacement is made';

-- An adjustment that decreases has a total below zero.
ALTER TABLE invoice."Invoice" DROP CONSTRAINT "Invoice_total_check";
ALTER TABLE invoice."Invoice" ADD CONSTRAINT invoice_total_sign
  CHECK (total >= 0 OR origin = '100_ADJUSTMENT') NOT VALID;
ALTER TABLE invoice."Invoice" VALIDATE CONSTRAINT invoice_total_sign;
ALTER TABLE invoice."Invoice" ADD CONSTRAINT invoice_correction_names_its_original
  CHECK ((origin = '000_ORIGIN') = (correction IS NULL) AND (origin = '000_ORIGIN' OR parent_id IS NOT NULL)) NOT VALID;
ALTER TABLE invoice."Invoice" VALIDATE CONSTRAINT invoice_correction_names_its_original;

CREATE INDEX invoice_parent ON invoice."Invoice" (parent_id) WHERE parent_id IS NOT NULL;
-- An invoice is replaced once, and a return of sale makes one adjustment.
CREATE UNIQUE INDEX invoice_one_replacement ON invoice."Invoice" (parent_id)
  WHERE origin = '200_REPLACEMENT' AND deleted_at IS NULL AND issuance_status <> 'CANCELLED';
CREATE UNIQUE INDEX invoice_correction_reference ON invoice."Invoice" (merchant_id, (correction ->> 'reference'))
  WHERE correction ->> 'reference' IS NOT NULL AND deleted_at IS NULL AND issuance_status <> 'CANCELLED';

-- Which line of its original a line of an adjustment is about: goods that came back, or money alone.
ALTER TABLE invoice."InvoiceItem" ADD COLUMN corrected_ordinal int;
ALTER TABLE invoice."InvoiceItem" ADD COLUMN corrected_by text CHECK (corrected_by IN ('QUANTITY', 'AMOUNT'));

-- Whoever writes lines of an adjustment holds the original; what all adjustments that stand take together is checked
-- then, so that no two of them can take the same goods or money back.
CREATE FUNCTION invoice.never_adjust_beyond() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  beyond record;
BEGIN
  PERFORM 1 FROM invoice."Invoice" p
    WHERE p.id IN (SELECT DISTINCT i.parent_id FROM added a JOIN invoice."Invoice" i ON i.id = a.invoice_id
                   WHERE a.corrected_ordinal IS NOT NULL)
    ORDER BY p.id FOR UPDATE;
  SELECT p.invoice_id, p.ordinal INTO beyond
  FROM (SELECT DISTINCT i.parent_id, a.corrected_ordinal FROM added a JOIN invoice."Invoice" i ON i.id = a.invoice_id
        WHERE a.corrected_ordinal IS NOT NULL) touched
  JOIN invoice."InvoiceItem" p ON p.invoice_id = touched.parent_id AND p.ordinal = touched.corrected_ordinal
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.quantity) FILTER (WHERE t.corrected_by = 'QUANTITY'), 0) AS quantity,
           coalesce(sum(t.amount_after_tax), 0) AS amount
    FROM invoice."Invoice" c JOIN invoice."InvoiceItem" t ON t.invoice_id = c.id
    WHERE c.parent_id = p.invoice_id AND c.origin = '100_ADJUSTMENT' AND c.issuance_status <> 'CANCELLED'
      AND c.deleted_at IS NULL AND t.corrected_ordinal = p.ordinal) taken
  WHERE p.quantity + taken.quantity < 0 OR sign(p.amount_after_tax) * (p.amount_after_tax + taken.amount) < 0
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'invoice %: line % would be adjusted by more than is left of it', beyond.invoice_id, beyond.ordinal
      USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_never_adjusted_beyond';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER invoice_item_never_adjust_beyond AFTER INSERT ON invoice."InvoiceItem"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoice.never_adjust_beyond();
ALTER TABLE invoice."InvoiceItem" ENABLE ALWAYS TRIGGER invoice_item_never_adjust_beyond;
