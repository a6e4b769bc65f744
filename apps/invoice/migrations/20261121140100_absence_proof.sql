-- role: nx_invoice_owner
-- oldest: 0.1.0
-- When it was proven that an issuing call of unknown outcome issued nothing: an invoice is given up, sent again or handed
-- to another provider only when each of its calls is proven.

ALTER TABLE invoice."InvoiceIssuance" ADD COLUMN absence_proven_at timestamptz;

-- A finished call is evidence: it is completed once. Later its sealed parts may be sealed under another key, and of an
-- unknown issue it may be written once that nothing was issued.
CREATE OR REPLACE FUNCTION invoice.keep_finished_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR (OLD.outcome IS NOT NULL AND
     to_jsonb(NEW) - '{request,response,absence_proven_at}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{request,response,absence_proven_at}'::text[]) THEN
    RAISE EXCEPTION '% of "%" is refused: the call is finished', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.absence_proven_at IS DISTINCT FROM OLD.absence_proven_at
     AND (OLD.absence_proven_at IS NOT NULL OR NEW.kind <> 'ISSUE' OR NEW.outcome IS DISTINCT FROM 'UNKNOWN') THEN
    RAISE EXCEPTION 'call %: only an issue of unknown outcome can be proven absent, once', OLD.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- True when no call of the invoice can have issued anything that is not known here: it is the one condition under which
-- an invoice may be given up, sent again under the same key, or handed to another provider.
CREATE FUNCTION invoice.nothing_issued(of_invoice text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT 1 FROM invoice."InvoiceIssuance" c
    WHERE c.invoice_id = of_invoice AND ((c.kind = 'ISSUE'
      AND (c.outcome IS NULL OR c.outcome = 'ISSUED' OR (c.outcome = 'UNKNOWN' AND c.absence_proven_at IS NULL)))
      OR c.outcome = 'FOUND'))
$$;
