-- role: nx_invoice_owner
-- oldest: 0.1.0
-- Readings of the change feed from its beginning: the check that compares it with TaxInfo, and what operators ask for.

CREATE TABLE invoice."CdcResync" (
  id text COLLATE "C" PRIMARY KEY,
  -- Null = every merchant of the feed.
  merchant_ids text[],
  -- Compares and changes nothing.
  dry_run boolean NOT NULL,
  reason text NOT NULL,
  requested_by text NOT NULL,
  request_id text,
  state text NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED')),
  topics text[] NOT NULL DEFAULT '{}',
  records bigint NOT NULL DEFAULT 0,
  unreadable bigint NOT NULL DEFAULT 0,
  unread bigint NOT NULL DEFAULT 0,
  differing bigint NOT NULL DEFAULT 0,
  changed bigint NOT NULL DEFAULT 0,
  -- The first ones by merchant, with the members that differ; never their values.
  differences jsonb NOT NULL DEFAULT '[]',
  -- Merchants that were asked for and of which the feed has no record with tax data.
  missing text[] NOT NULL DEFAULT '{}',
  error text,
  created_at timestamptz NOT NULL,
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX cdc_resync_open ON invoice."CdcResync" (created_at, id) WHERE state IN ('QUEUED', 'RUNNING');
-- Whatever the number of workers, one check at a time.
CREATE UNIQUE INDEX cdc_resync_one_check ON invoice."CdcResync" ((true))
  WHERE requested_by = 'system' AND state IN ('QUEUED', 'RUNNING');
CREATE INDEX cdc_resync_whole ON invoice."CdcResync" (finished_at DESC) WHERE merchant_ids IS NULL AND state = 'DONE';
