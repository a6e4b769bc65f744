-- role: :owner
-- oldest: 0.1.0
-- A row goes to its partition before it waits for that partition's lock. One of a month that has begun, which is on its
-- way to the default partition while its month gets one of its own, would find itself in the wrong place and be refused
-- (SQLSTATE 23514). So for such a month everybody waits at the table itself, before his rows have a place. For months
-- ahead, which is every other time, nobody waits: no row goes there yet.
CREATE OR REPLACE FUNCTION :schema.make_monthly_partitions(parent regclass, months_ahead integer DEFAULT 3) RETURNS SETOF text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
  table_schema text;
  table_name text;
  column_name text;
  default_part regclass;
  part_name text;
  month_start timestamptz;
  month_end timestamptz;
  misplaced boolean;
BEGIN
  IF months_ahead NOT BETWEEN 0 AND 60 THEN
    RAISE EXCEPTION 'months_ahead must be between 0 and 60';
  END IF;
  SELECT n.nspname, c.relname, a.attname INTO table_schema, table_name, column_name
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_partitioned_table p ON p.partrelid = c.oid AND p.partstrat = 'r' AND p.partnatts = 1
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
   WHERE c.oid = parent AND pg_get_userbyid(c.relowner) = current_user;
  IF table_name IS NULL THEN
    RAISE EXCEPTION '% is not a table of % that is partitioned by range on one column', parent, current_user;
  END IF;

  SELECT partdefid INTO default_part FROM pg_partitioned_table WHERE partrelid = parent AND partdefid <> 0;
  IF default_part IS NULL THEN
    EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s DEFAULT', table_schema, table_name || '_default', parent);
    default_part := format('%I.%I', table_schema, table_name || '_default')::regclass;
    RETURN NEXT table_name || '_default';
  END IF;

  FOR ahead IN 0..months_ahead LOOP
    month_start := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead)) AT TIME ZONE 'UTC';
    month_end := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead + 1)) AT TIME ZONE 'UTC';
    part_name := table_name || to_char(month_start AT TIME ZONE 'UTC', '"_p"YYYY"_"MM');
    CONTINUE WHEN to_regclass(format('%I.%I', table_schema, part_name)) IS NOT NULL;
    BEGIN
      IF ahead = 0 THEN
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
        -- Whoever had the lock before may have made it.
        CONTINUE WHEN to_regclass(format('%I.%I', table_schema, part_name)) IS NOT NULL;
      END IF;
      EXECUTE format('SELECT EXISTS (SELECT 1 FROM ONLY %s WHERE %I >= %L AND %I < %L)',
        default_part, column_name, month_start, column_name, month_end) INTO misplaced;
      EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)',
        table_schema, part_name, parent);
      IF misplaced THEN
        -- Rows that came before their month's partition move into it.
        EXECUTE format('WITH moved AS (DELETE FROM ONLY %s WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I.%I SELECT * FROM moved',
          default_part, column_name, month_start, column_name, month_end, table_schema, part_name);
      END IF;
      EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
        parent, table_schema, part_name, month_start, month_end);
      RETURN NEXT part_name;
    EXCEPTION WHEN lock_not_available OR raise_exception OR insufficient_privilege THEN
      -- The default partition takes the rows meanwhile; the next run tries again.
      RAISE WARNING 'partition % was not made: %', part_name, SQLERRM;
    END;
  END LOOP;
END $$;
