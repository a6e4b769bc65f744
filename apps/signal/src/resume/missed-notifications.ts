import { Injectable } from '@nestjs/common';
import { parseLossless } from '@nx/messaging';
import { Database, type Statement } from '@nx/persistence';
import { viewOf, type NotificationRow } from '../notifications/notification-row';
import type { InboxSnapshot } from './inbox-feed';

/** Whose inbox, and after which place; without a place only its state is read. */
export interface Asked {
  readonly userId: string;
  readonly since: number | undefined;
}

/**
 * Many inboxes in one look, so that all of it is of one moment. Rows are read only where something was missed and only
 * up to the limit. `data` is taken as text: its numbers keep all their digits.
 *
 * $1 recipients · $2 places (null: none) · $3 limit
 */
const MISSED = `SELECT asked.place, coalesce(state.last_sequence, 0) AS last_sequence, coalesce(state.unread, 0) AS unread,
  coalesce(state.revision, 0) AS revision, missed.*
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS asked (recipient_id, since, place)
LEFT JOIN signal."RecipientState" AS state USING (recipient_id)
LEFT JOIN LATERAL (
  SELECT id, type, title, content, html, action_url, data::text AS data, organizer_id, merchant_id, locale, sequence,
    is_read, read_at, created_at, deleted_at IS NOT NULL AS deleted
  FROM signal."ActivityNotification"
  WHERE recipient_id = asked.recipient_id AND sequence > asked.since
    AND state.last_sequence > asked.since AND state.last_sequence - asked.since <= $3
  ORDER BY sequence
  LIMIT $3
) AS missed ON true
ORDER BY asked.place, missed.sequence`;

interface StateColumns {
  readonly place: string;
  readonly last_sequence: string;
  readonly unread: number;
  readonly revision: string;
}

type Missed = Omit<NotificationRow, 'data'> & { readonly data: string; readonly deleted: boolean };
type Row = StateColumns & (Missed | { readonly id: null });

/** What clients missed, read from the table for many of them at once. */
@Injectable()
export class MissedNotifications {
  private readonly statement: Statement<Row>;

  constructor(database: Database) {
    this.statement = database.statement('notification-missed', MISSED);
  }

  /** The answers stand in the order of what was asked. More than `limit` missed ones of an inbox are not read. */
  async read(asked: readonly Asked[], limit: number): Promise<InboxSnapshot[]> {
    const users = asked.map(({ userId }) => userId);
    const places = asked.map(({ since }) => since ?? null);
    const snapshots: Building[] = [];
    for (const row of await this.statement.run([users, places, limit])) {
      const known = snapshots[Number(row.place) - 1];
      const snapshot = known ?? stateOf(row);
      if (known === undefined) snapshots.push(snapshot);
      if (row.id === null) continue;
      const data = parseLossless(row.data) as NotificationRow['data'];
      snapshot.missed.push({ notification: viewOf({ ...row, data }), deleted: row.deleted });
    }
    return snapshots;
  }
}

type Building = InboxSnapshot & { readonly missed: InboxSnapshot['missed'][number][] };

const stateOf = ({ last_sequence, unread, revision }: StateColumns): Building => ({
  lastSequence: Number(last_sequence),
  unread,
  revision: Number(revision),
  missed: [],
});
