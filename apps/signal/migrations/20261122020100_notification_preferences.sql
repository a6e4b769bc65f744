-- role: nx_signal_owner
-- oldest: 0.1.0
-- What a user wants to be told about and when. No row means: everything, at any time.

CREATE TABLE signal."NotificationPreference" (
  recipient_id text COLLATE "C" PRIMARY KEY,
  muted_types text[] NOT NULL DEFAULT '{}',
  -- Wall clock of the time zone, HH:MM; a window whose end lies before its beginning goes over midnight.
  quiet_from text CHECK (quiet_from ~ '^([01]\d|2[0-3]):[0-5]\d$'),
  quiet_to text CHECK (quiet_to ~ '^([01]\d|2[0-3]):[0-5]\d$'),
  quiet_time_zone text,
  locale text CHECK (locale IN ('vi', 'en')),
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  CONSTRAINT "NotificationPreference_quiet_whole"
    CHECK (num_nulls(quiet_from, quiet_to, quiet_time_zone) IN (0, 3) AND quiet_from <> quiet_to)
);
