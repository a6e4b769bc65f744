-- role: :owner
-- oldest: 0.1.0
-- A partition of a month can be addressed past its parent, whose trigger against TRUNCATE it does not inherit: it gets one
-- of its own with each of its parent's, when it is made and where it is there already.

ALTER FUNCTION :schema.ensure_monthly_partitions(regclass, integer) RENAME TO make_monthly_partitions;

CREATE FUNCTION :schema.ensure_monthly_partitions(parent regclass, months_ahead integer DEFAULT 3) RETURNS SETOF text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
  guard record;
BEGIN
  RETURN QUERY SELECT :schema.make_monthly_partitions(parent, months_ahead);
  FOR guard IN
    SELECT t.tgname AS name, t.tgfoid::regproc AS refusal, i.inhrelid::regclass AS part
      FROM pg_trigger t
      JOIN pg_inherits i ON i.inhparent = t.tgrelid
     -- 32 is TRUNCATE, 2 is BEFORE (pg_trigger.h).
     WHERE t.tgrelid = parent AND NOT t.tgisinternal AND t.tgtype & 34 = 34
       AND NOT EXISTS (SELECT 1 FROM pg_trigger own WHERE own.tgrelid = i.inhrelid AND own.tgfoid = t.tgfoid AND own.tgtype = t.tgtype)
  LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s()',
      guard.name, guard.part, guard.refusal);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', guard.part, guard.name);
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION :schema.ensure_monthly_partitions(regclass, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION :schema.ensure_monthly_partitions(regclass, integer) TO :runtime;
