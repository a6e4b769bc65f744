import { Injectable } from '@nestjs/common';
import type { Cursor } from '@nx/http';
import { Database, type Tx } from '@nx/persistence';
import { NOTIFICATION_COLUMNS, viewOf, type NotificationRow } from './notification-row';
import type { NotificationView } from './notification.view';

/** Newest first; null filters do not count. The row comparison goes down the bell's index. */
const LIST = `SELECT ${NOTIFICATION_COLUMNS} FROM signal."ActivityNotification"
 WHERE recipient_id = $1 AND deleted_at IS NULL
   AND ($2::timestamptz IS NULL OR (created_at <= $2 AND (created_at, id) < ($2, $3::text)))
   AND ($4::boolean IS NULL OR is_read = NOT $4)
   AND ($5::text IS NULL OR type = $5)
 ORDER BY created_at DESC, id DESC
 LIMIT $6`;

const FIND = `SELECT ${NOTIFICATION_COLUMNS} FROM signal."ActivityNotification"
 WHERE id = $1 AND recipient_id = $2 AND deleted_at IS NULL`;

const COUNT = `SELECT
  (SELECT count(*) FROM signal."ActivityNotification" WHERE recipient_id = $1 AND deleted_at IS NULL)::int AS total,
  coalesce((SELECT unread FROM signal."RecipientState" WHERE recipient_id = $1), 0) AS unread`;

/** Whoever changes a user's rows holds his state first, so that two changes of one inbox come one after the other. */
const LOCK = `SELECT last_sequence, unread, revision FROM signal."RecipientState" WHERE recipient_id = $1 FOR UPDATE`;

const READ_ONE = `UPDATE signal."ActivityNotification"
   SET is_read = true, read_at = $3, modified_at = $3, modified_by = $2
 WHERE id = $1 AND recipient_id = $2 AND deleted_at IS NULL AND NOT is_read`;

const READ_ALL = `UPDATE signal."ActivityNotification"
   SET is_read = true, read_at = $2, modified_at = $2, modified_by = $1
 WHERE recipient_id = $1 AND NOT is_read AND deleted_at IS NULL AND ($3::timestamptz IS NULL OR created_at <= $3)`;

const DELETE_ONE = `UPDATE signal."ActivityNotification" AS gone
   SET deleted_at = $3, modified_at = $3, modified_by = $2
 WHERE id = $1 AND recipient_id = $2 AND deleted_at IS NULL
RETURNING NOT is_read AS was_unread`;

/** Every change has its number, also one that leaves the badge as it is. */
const COUNT_CHANGE = `UPDATE signal."RecipientState"
   SET unread = unread - $2, revision = revision + 1, modified_at = $3
 WHERE recipient_id = $1 RETURNING last_sequence, unread, revision`;

export interface ListFilter {
  readonly unread: boolean | undefined;
  readonly type: string | undefined;
  readonly limit: number;
  readonly cursor: Cursor | undefined;
}

export interface Change {
  /** Rows that changed. */
  readonly changed: number;
  /** The newest notification at that moment: later ones are not concerned. */
  readonly lastSequence: number;
  /** The badge afterwards. */
  readonly unread: number;
  /** The number of the change, or of the last one when nothing changed. */
  readonly revision: number;
}

interface State {
  last_sequence: string;
  unread: number;
  revision: string;
}

interface Done {
  readonly changed: number;
  readonly noLongerUnread: number;
}

/** The inbox in the database. The recipient is always the user himself. */
@Injectable()
export class NotificationRepository {
  constructor(private readonly database: Database) {}

  async list(recipientId: string, filter: ListFilter): Promise<NotificationView[]> {
    const { unread, type, limit, cursor } = filter;
    const rows = await this.database.query<NotificationRow>(LIST, [
      recipientId,
      cursor === undefined ? null : new Date(cursor.createdAtMs),
      cursor?.id ?? null,
      unread ?? null,
      type ?? null,
      limit,
    ]);
    return rows.map(viewOf);
  }

  async find(recipientId: string, id: string): Promise<NotificationView | undefined> {
    const [row] = await this.database.query<NotificationRow>(FIND, [id, recipientId]);
    return row === undefined ? undefined : viewOf(row);
  }

  async count(recipientId: string): Promise<{ total: number; unread: number }> {
    const [row] = await this.database.query<{ total: number; unread: number }>(COUNT, [recipientId]);
    return { total: row?.total ?? 0, unread: row?.unread ?? 0 };
  }

  /** `changed` is 0 for a notification that is read already, unknown, or another user's. */
  async readOne(recipientId: string, id: string, now: Date): Promise<Change> {
    return this.change(recipientId, now, async (tx) => {
      const read = await tx.execute(READ_ONE, [id, recipientId, now]);
      return { changed: read, noLongerUnread: read };
    });
  }

  /** Marks what was created up to `before` (all, when it is null). */
  async readAll(recipientId: string, before: Date | null, now: Date): Promise<Change> {
    return this.change(recipientId, now, async (tx) => {
      const read = await tx.execute(READ_ALL, [recipientId, now, before]);
      return { changed: read, noLongerUnread: read };
    });
  }

  /** `changed` is 0 when there is no such notification. */
  async deleteOne(recipientId: string, id: string, now: Date): Promise<Change> {
    return this.change(recipientId, now, async (tx) => {
      const [row] = await tx.query<{ was_unread: boolean }>(DELETE_ONE, [id, recipientId, now]);
      return { changed: row === undefined ? 0 : 1, noLongerUnread: row?.was_unread === true ? 1 : 0 };
    });
  }

  private async change(recipientId: string, now: Date, work: (tx: Tx) => Promise<Done>): Promise<Change> {
    return this.database.transaction(async (tx) => {
      const [state] = await tx.query<State>(LOCK, [recipientId]);
      if (state === undefined) return { changed: 0, lastSequence: 0, unread: 0, revision: 0 };
      const { changed, noLongerUnread } = await work(tx);
      const params = [recipientId, noLongerUnread, now];
      const [after = state] = changed === 0 ? [state] : await tx.query<State>(COUNT_CHANGE, params);
      const { last_sequence: lastSequence, unread, revision } = after;
      return { changed, lastSequence: Number(lastSequence), unread, revision: Number(revision) };
    });
  }
}
