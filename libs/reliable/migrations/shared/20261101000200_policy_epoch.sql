-- role: nx_shared_owner
-- oldest: 0.1.0
-- One row whose number grows with every change of a policy: processes poll it to drop their caches.
CREATE TABLE platform."PolicyEpoch" (
  only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch      bigint NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO platform."PolicyEpoch" DEFAULT VALUES;
REVOKE ALL ON platform."PolicyEpoch" FROM nx_payment, nx_invoice, nx_signal;
GRANT SELECT ON platform."PolicyEpoch" TO nx_payment, nx_invoice, nx_signal;

-- Runs with the owner's rights: whoever may write policies need not be able to write the epoch.
CREATE FUNCTION platform.bump_policy_epoch() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE platform."PolicyEpoch" SET epoch = epoch + 1, changed_at = clock_timestamp();
  RETURN NULL;
END $$;

-- Where identity owns the table, there is no trigger: readers then compare its count and newest timestamps.
DO $$
BEGIN
  IF (SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE oid = 'identity."PolicyDefinition"'::regclass) THEN
    CREATE TRIGGER bump_policy_epoch
      AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON identity."PolicyDefinition"
      FOR EACH STATEMENT EXECUTE FUNCTION platform.bump_policy_epoch();
    ALTER TABLE identity."PolicyDefinition" ENABLE ALWAYS TRIGGER bump_policy_epoch;
  END IF;
END $$;
