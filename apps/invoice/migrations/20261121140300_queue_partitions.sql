-- role: nx_invoice_owner
-- oldest: 0.1.0
-- How many partitions the queues of this service have. One row; every process reads it again and again.

CREATE TABLE invoice."QueuePartitioning" (
  id int PRIMARY KEY CHECK (id = 1),
  partitions int NOT NULL CHECK (partitions BETWEEN 1 AND 64),
  -- While jobs are being moved the partitions up to this one are served as well.
  previous int NOT NULL CHECK (previous BETWEEN 1 AND 64),
  state text NOT NULL CHECK (state IN ('SETTLED', 'MOVING')),
  generation bigint NOT NULL DEFAULT 1,
  moved bigint NOT NULL DEFAULT 0,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  settled_at timestamptz
);
REVOKE DELETE, TRUNCATE ON invoice."QueuePartitioning" FROM nx_invoice;

-- What was given up, for the list of dead letters.
CREATE INDEX invoice_dead_letters ON invoice."Invoice" (created_at DESC, id DESC)
  WHERE issuance_status = 'FAILED' AND deleted_at IS NULL;
