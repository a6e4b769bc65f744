-- role: :owner
-- oldest: 0.1.0
-- Events in the transaction of the change that they tell of. Order = (aggregate, version, position), not the id.
CREATE TABLE :schema."Outbox" (
  id                text COLLATE "C" NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT now(),
  aggregate_type    text COLLATE "C" NOT NULL,
  aggregate_id      text COLLATE "C" NOT NULL,
  aggregate_version bigint NOT NULL,
  position          integer NOT NULL DEFAULT 0,
  event_id          text COLLATE "C" NOT NULL,
  event_type        text NOT NULL,
  routes            text[] NOT NULL,
  key               text NOT NULL,
  payload           jsonb NOT NULL,
  headers           jsonb NOT NULL DEFAULT '{}',
  published_at      timestamptz,
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

-- A relay finds an aggregate's oldest unpublished row, and the oldest aggregates, without reading published ones.
CREATE INDEX "Outbox_unpublished_order_idx"
  ON :schema."Outbox" (aggregate_type, aggregate_id, aggregate_version, position) WHERE published_at IS NULL;
CREATE INDEX "Outbox_unpublished_age_idx" ON :schema."Outbox" (created_at) WHERE published_at IS NULL;

SELECT :schema.ensure_monthly_partitions(':schema."Outbox"'::regclass);
