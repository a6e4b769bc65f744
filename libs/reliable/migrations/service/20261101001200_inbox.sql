-- role: :owner
-- oldest: 0.1.0
-- Events whose effect stands: written in the transaction of the effect, so that a replay has none.
CREATE TABLE :schema."Inbox" (
  consumer   text COLLATE "C" NOT NULL,
  event_id   text COLLATE "C" NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  -- Given up after its tries: a wanted replay may still have the effect.
  dead_lettered boolean NOT NULL DEFAULT false,
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX "Inbox_handled_at_idx" ON :schema."Inbox" (handled_at);
