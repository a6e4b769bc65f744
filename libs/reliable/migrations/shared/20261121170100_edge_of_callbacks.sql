-- role: nx_shared_owner
-- oldest: 0.1.0
-- What every process needs whatever it does, for the edge of payment's callbacks: its node id, the check of its keys,
-- and the readiness probes.
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_ipn') THEN
    GRANT USAGE, SELECT ON SEQUENCE platform.fencing_token TO nx_payment_ipn;
    GRANT SELECT, INSERT, UPDATE ON platform."NodeLease" TO nx_payment_ipn;
    GRANT SELECT, INSERT ON platform."KeyCheck" TO nx_payment_ipn;
    GRANT SELECT ON platform."PolicyEpoch", identity."PolicyDefinition", platform."SchemaMigration" TO nx_payment_ipn;
    GRANT INSERT ON platform."WriteProbe" TO nx_payment_ipn;
  END IF;
END $$;
