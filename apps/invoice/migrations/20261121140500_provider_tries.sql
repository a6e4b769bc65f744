-- role: nx_invoice_owner
-- oldest: 0.1.0
-- An invoice of which it is proven that nothing was issued may go to another provider: with a key and a day of its own.

ALTER TABLE invoice."Invoice" ADD COLUMN provider_try int NOT NULL DEFAULT 1 CHECK (provider_try >= 1);

-- The number, once given, never changes; an issued invoice stays issued. The key at the provider is frozen for each try
-- at a provider: a next try begins without one, and only when no call of the earlier ones can have issued anything.
CREATE OR REPLACE FUNCTION invoice.keep_what_was_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.provider_try <> OLD.provider_try THEN
    IF NEW.provider_try <> OLD.provider_try + 1 OR NEW.provider_key IS NOT NULL OR NEW.issuance_status <> 'PENDING'
       OR OLD.invoice_number IS NOT NULL OR NOT invoice.nothing_issued(OLD.id) THEN
      RAISE EXCEPTION 'invoice %: it cannot go to another provider', OLD.id USING ERRCODE = 'check_violation';
    END IF;
  ELSIF OLD.provider_key IS NOT NULL
     AND (NEW.provider_key, NEW.invoice_date) IS DISTINCT FROM (OLD.provider_key, OLD.invoice_date) THEN
    RAISE EXCEPTION 'invoice %: its key at the provider is frozen', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.invoice_number IS NOT NULL AND NEW.invoice_number IS DISTINCT FROM OLD.invoice_number THEN
    RAISE EXCEPTION 'invoice %: its number is frozen', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.issuance_status = 'SUCCESS' AND NEW.issuance_status NOT IN ('SUCCESS', 'CANCELLED') THEN
    RAISE EXCEPTION 'invoice %: it is issued', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
