/**
 * One event into the inboxes of its recipients, once: the event's key decides. Whoever comes second waits for the
 * first one's commit and then does nothing. Recipients come sorted, so that two events never wait for each other.
 *
 * Most recipients never said what they want to be told about. So their wishes need not be read first: unless they were,
 * nothing is stored as soon as one of the recipients has any, and the answer says so (`has_wishes`).
 *
 * $1 event id · $2 time · $3 type · $4 scope · $5 organizer · $6 merchant · $7 actor · $8 occurred at · $9 origin
 * $10 notification ids · $11 recipients · $12 locales · $13 titles · $14 contents · $15 htmls · $16 link · $17 data
 * $18 whether it is read from the start (muted) · $19 whether the texts follow the wishes of all recipients
 */
export const STORE_NOTIFICATION = `WITH wish AS (
  SELECT NOT $19::boolean AND EXISTS (
    SELECT FROM signal."NotificationPreference" WHERE recipient_id = ANY($11::text[])) AS unheard
), event AS (
  INSERT INTO signal."NotificationEvent"
    (event_id, created_at, event_type, recipient_scope, organizer_id, merchant_id, actor_id, occurred_at, origin, recipient_count)
  SELECT $1, $2::timestamptz, $3, $4, $5, $6, $7, $8::timestamptz, $9, cardinality($11::text[])
    FROM wish WHERE NOT wish.unheard
  ON CONFLICT (event_id) DO NOTHING
  RETURNING created_at
), recipient AS (
  SELECT given.id, given.recipient_id, given.locale, given.title, given.content, given.html, given.is_read,
         event.created_at
    FROM event, unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $18::boolean[])
      WITH ORDINALITY AS given (id, recipient_id, locale, title, content, html, is_read, place)
   ORDER BY given.place
), state AS (
  INSERT INTO signal."RecipientState" AS known (recipient_id, last_sequence, unread, revision, modified_at)
  SELECT recipient_id, 1, (NOT is_read)::int, 1, created_at FROM recipient
  ON CONFLICT (recipient_id) DO UPDATE
    SET last_sequence = known.last_sequence + 1, unread = known.unread + excluded.unread, revision = known.revision + 1,
        modified_at = excluded.modified_at
  RETURNING recipient_id, last_sequence, unread, revision
), stored AS (
  INSERT INTO signal."ActivityNotification"
    (id, recipient_id, type, organizer_id, merchant_id, title, content, html, action_url, data, locale, sequence,
     is_read, read_at, event_id, created_at, modified_at, created_by)
  SELECT recipient.id, recipient.recipient_id, $3, $5, $6, recipient.title, recipient.content, recipient.html, $16,
         $17::jsonb, recipient.locale, state.last_sequence, recipient.is_read,
         CASE WHEN recipient.is_read THEN recipient.created_at END, $1, recipient.created_at, recipient.created_at, $7
    FROM recipient JOIN state USING (recipient_id)
  RETURNING id, recipient_id, sequence
)
SELECT wish.unheard AS has_wishes, event.created_at IS NOT NULL AS is_new,
       stored.id, stored.recipient_id, stored.sequence, state.unread, state.revision
  FROM wish LEFT JOIN event ON true LEFT JOIN stored ON true LEFT JOIN state USING (recipient_id)`;
