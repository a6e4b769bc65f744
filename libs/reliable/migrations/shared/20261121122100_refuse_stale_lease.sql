-- role: nx_shared_owner
-- oldest: 0.1.0
-- The database itself refuses what a worker writes under a lease that has ended or passed to another. A row of an
-- irreversible step carries the fencing token under which it was begun, and under which it was finished; whoever gives a
-- step up finishes it under his own token. The lease is locked until the commit: it cannot pass on meanwhile.
CREATE UNIQUE INDEX "WorkerLease_fencing_token_key" ON platform."WorkerLease" (fencing_token);

CREATE FUNCTION platform.refuse_stale_lease() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.finished_at IS NOT NULL OR NEW.fencing_token < OLD.fencing_token THEN
      RAISE EXCEPTION 'the step % of "%" has been given up under another lease', OLD.id, TG_TABLE_NAME
        USING ERRCODE = 'NXF01';
    END IF;
  END IF;
  PERFORM 1 FROM platform."WorkerLease" lease
    WHERE lease.fencing_token = NEW.fencing_token AND lease.expires_at > clock_timestamp() FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'fencing token % of "%" is stale', NEW.fencing_token, TG_TABLE_NAME USING ERRCODE = 'NXF01';
  END IF;
  RETURN NEW;
END $$;
