-- role: nx_payment_owner
-- oldest: 0.1.0
-- One payment of a provider is booked in one place: it counts for an attempt or waits in suspense, and never both on
-- two attempts. Each table's own unique index sees its own rows only; this looks across, under a lock on the payment,
-- so that of two who book it at once one is refused as by a unique index.

CREATE FUNCTION mq_pay.refuse_booked_elsewhere() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  booked boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(20261122, hashtext(NEW.provider || '/' || NEW.provider_reference));
  IF TG_TABLE_NAME = 'SuspenseItem' THEN
    booked := EXISTS (SELECT 1 FROM mq_pay."PaymentAttempt" a WHERE a.provider = NEW.provider
      AND a.provider_reference = NEW.provider_reference AND a.id IS DISTINCT FROM NEW.attempt_id);
  ELSE
    booked := EXISTS (SELECT 1 FROM mq_pay."SuspenseItem" s WHERE s.provider = NEW.provider
      AND s.provider_reference = NEW.provider_reference AND s.attempt_id IS DISTINCT FROM NEW.id);
  END IF;
  IF booked THEN
    RAISE unique_violation USING MESSAGE = format('payment %s of %s is booked elsewhere', NEW.provider_reference, NEW.provider),
      CONSTRAINT = 'one_payment_one_place';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER one_payment_one_place BEFORE INSERT ON mq_pay."SuspenseItem"
  FOR EACH ROW EXECUTE FUNCTION mq_pay.refuse_booked_elsewhere();
CREATE TRIGGER one_payment_one_place BEFORE UPDATE OF provider_reference ON mq_pay."PaymentAttempt"
  FOR EACH ROW WHEN (NEW.provider_reference IS NOT NULL AND NEW.provider_reference IS DISTINCT FROM OLD.provider_reference)
  EXECUTE FUNCTION mq_pay.refuse_booked_elsewhere();
