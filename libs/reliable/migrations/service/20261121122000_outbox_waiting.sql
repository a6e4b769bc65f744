-- role: :owner
-- oldest: 0.1.0
-- Events that wait for one of their routes while the others have taken them. A relay writes such a row when it marks
-- the event in "Outbox" as published and a route did not take it, and deletes it when the route has. Nothing is written
-- here while all routes work. The event itself stays in "Outbox" (outbox_id, created_at).
CREATE TABLE :schema."OutboxWaiting" (
  aggregate_type    text COLLATE "C" NOT NULL,
  aggregate_id      text COLLATE "C" NOT NULL,
  route             text COLLATE "C" NOT NULL,
  aggregate_version bigint NOT NULL,
  position          integer NOT NULL,
  outbox_id         text COLLATE "C" NOT NULL,
  created_at        timestamptz NOT NULL,
  deferred_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (aggregate_type, aggregate_id, route, aggregate_version, position, outbox_id)
);
-- A relay takes the aggregates that have waited longest for its route.
CREATE INDEX "OutboxWaiting_route_age_idx" ON :schema."OutboxWaiting" (route, created_at);
