-- role: nx_payment_owner
-- oldest: 0.1.0
-- Some providers answer one question of a terminal and then none for minutes: whoever asks first takes the lane.

CREATE TABLE mq_pay."QueryLane" (
  provider text NOT NULL,
  terminal text NOT NULL,
  free_at timestamptz NOT NULL,
  PRIMARY KEY (provider, terminal)
);
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_operator') THEN
    GRANT SELECT ON mq_pay."QueryLane" TO nx_payment_operator;
  END IF;
END $$;
