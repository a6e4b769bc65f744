-- role: nx_signal_owner
-- oldest: 0.1.0
-- A month of notifications goes as a whole: dropping its partition costs nothing, deleting its rows would. The runtime
-- role owns nothing, so the function runs with the owner's rights and drops months that are over only. Badges must have
-- let go of the month before: it is kept while it holds a row that one of them counts.
CREATE FUNCTION signal.drop_notification_month(month date) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
  part regclass := to_regclass(format('signal.%I', 'ActivityNotification' || to_char(month, '"_p"YYYY"_"MM')));
  counted boolean;
BEGIN
  IF month + interval '1 month' > now() AT TIME ZONE 'UTC' THEN
    RAISE EXCEPTION 'the month % is not over', month;
  END IF;
  IF part IS NULL OR NOT EXISTS (
    SELECT 1 FROM pg_inherits WHERE inhrelid = part AND inhparent = 'signal."ActivityNotification"'::regclass
  ) THEN
    RETURN false;
  END IF;
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', part);
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s WHERE NOT is_read AND deleted_at IS NULL)', part) INTO counted;
  IF counted THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP TABLE %s', part);
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION signal.drop_notification_month(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signal.drop_notification_month(date) TO nx_signal;

-- The months there are, oldest first.
CREATE FUNCTION signal.notification_months() RETURNS SETOF date
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_date(right(c.relname, 7), 'YYYY_MM')
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'signal."ActivityNotification"'::regclass AND c.relname ~ '_p\d{4}_\d{2}$'
   ORDER BY 1
$$;
REVOKE ALL ON FUNCTION signal.notification_months() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signal.notification_months() TO nx_signal;
