-- role: nx_signal_owner
-- oldest: 0.1.0
-- The inbox of every user. The event comes first: a unique key on a partitioned table holds the partition's column, so
-- it alone could not keep one event from being stored in two months.

CREATE TABLE signal."NotificationEvent" (
  event_id text COLLATE "C" PRIMARY KEY,
  created_at timestamptz NOT NULL,
  event_type varchar(80) NOT NULL,
  recipient_scope text NOT NULL,
  organizer_id text COLLATE "C",
  merchant_id text COLLATE "C",
  actor_id text COLLATE "C",
  occurred_at timestamptz,
  origin text NOT NULL,
  recipient_count int NOT NULL CHECK (recipient_count >= 0)
);
CREATE INDEX notification_event_age ON signal."NotificationEvent" (created_at);

-- Gapless sequence and badge of a recipient. Rows are changed in the order of recipient ids, or two events deadlock.
CREATE TABLE signal."RecipientState" (
  recipient_id text COLLATE "C" PRIMARY KEY,
  last_sequence bigint NOT NULL CHECK (last_sequence > 0),
  unread int NOT NULL CHECK (unread >= 0),
  modified_at timestamptz NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE signal."ActivityNotification" (
  id text COLLATE "C" NOT NULL,
  recipient_id text COLLATE "C" NOT NULL,
  type varchar(80) NOT NULL,
  organizer_id text COLLATE "C",
  merchant_id text COLLATE "C",
  title text NOT NULL,
  content text NOT NULL,
  html text NOT NULL,
  action_url text,
  data jsonb NOT NULL DEFAULT '{}',
  locale text NOT NULL CHECK (locale IN ('vi', 'en')),
  sequence bigint NOT NULL CHECK (sequence > 0),
  is_read boolean NOT NULL DEFAULT false,
  read_at timestamptz,
  event_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text COLLATE "C",
  modified_by text COLLATE "C",
  metadata jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (id, created_at),
  CONSTRAINT "ActivityNotification_event_recipient_key" UNIQUE (event_id, recipient_id, created_at)
) PARTITION BY RANGE (created_at);

CREATE INDEX activity_notification_bell ON signal."ActivityNotification" (recipient_id, deleted_at, created_at);
CREATE INDEX activity_notification_unread ON signal."ActivityNotification" (recipient_id, is_read);
CREATE INDEX activity_notification_organizer ON signal."ActivityNotification" (organizer_id, type, created_at);
-- What a client missed is read by its last sequence.
CREATE INDEX activity_notification_sequence ON signal."ActivityNotification" (recipient_id, sequence);

SELECT signal.ensure_monthly_partitions('signal."ActivityNotification"'::regclass);
