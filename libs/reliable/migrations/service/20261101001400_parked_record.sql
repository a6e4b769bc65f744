-- role: :owner
-- oldest: 0.1.0
-- Kafka records that could not be handled, and those of their keys that came after them. The record stands as it came.
CREATE TABLE :schema."ParkedRecord" (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer_group   text COLLATE "C" NOT NULL,
  topic            text COLLATE "C" NOT NULL,
  partition        integer NOT NULL,
  "offset"         bigint NOT NULL,
  record_timestamp bigint NOT NULL,
  key              text COLLATE "C",
  value            bytea,
  headers          jsonb NOT NULL DEFAULT '{}',
  event_id         text COLLATE "C" NOT NULL,
  status           text NOT NULL DEFAULT '100_PARKED' CHECK (status IN ('100_PARKED', '303_HANDLED', '505_DEAD_LETTERED')),
  reason           text NOT NULL CHECK (reason IN ('record', 'sibling', 'blocked')),
  error_name       text NOT NULL DEFAULT '',
  error_message    text NOT NULL DEFAULT '',
  tries            integer NOT NULL DEFAULT 0,
  sweeps           integer NOT NULL DEFAULT 0,
  next_try_at      timestamptz NOT NULL,
  parked_at        timestamptz NOT NULL DEFAULT now(),
  finished_at      timestamptz,
  CONSTRAINT "ParkedRecord_origin_key" UNIQUE (consumer_group, topic, partition, "offset", record_timestamp)
);
CREATE INDEX "ParkedRecord_waiting_idx"
  ON :schema."ParkedRecord" (consumer_group, topic, key, record_timestamp, partition, "offset") WHERE status = '100_PARKED';
CREATE INDEX "ParkedRecord_due_idx" ON :schema."ParkedRecord" (next_try_at) WHERE status = '100_PARKED';
CREATE INDEX "ParkedRecord_event_idx" ON :schema."ParkedRecord" (event_id);
