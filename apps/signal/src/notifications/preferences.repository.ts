import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '@nx/persistence';
import { NO_PREFERENCES, type Preferences } from './preferences';
import type { Locale } from './read-activity';

interface Row {
  recipient_id: string;
  muted_types: string[];
  quiet_from: string | null;
  quiet_to: string | null;
  quiet_time_zone: string | null;
  locale: Locale | null;
}

const OF_RECIPIENTS = `SELECT recipient_id, muted_types, quiet_from, quiet_to, quiet_time_zone, locale
  FROM signal."NotificationPreference" WHERE recipient_id = ANY($1::text[])`;

const STORE = `INSERT INTO signal."NotificationPreference"
  (recipient_id, muted_types, quiet_from, quiet_to, quiet_time_zone, locale, created_at, modified_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
ON CONFLICT (recipient_id) DO UPDATE
  SET muted_types = excluded.muted_types, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
      quiet_time_zone = excluded.quiet_time_zone, locale = excluded.locale, modified_at = excluded.modified_at`;

/** What users want to be told about; most have said nothing. */
@Injectable()
export class PreferencesRepository {
  private readonly ofRecipients: Statement<Row>;

  constructor(private readonly database: Database) {
    this.ofRecipients = database.statement('notification-preferences', OF_RECIPIENTS);
  }

  async find(recipientId: string): Promise<Preferences> {
    return (await this.findAll([recipientId])).get(recipientId) ?? NO_PREFERENCES;
  }

  /** Only those who have said something. */
  async findAll(recipientIds: readonly string[]): Promise<ReadonlyMap<string, Preferences>> {
    const rows = await this.ofRecipients.run([recipientIds]);
    return new Map(rows.map((row) => [row.recipient_id, preferencesOf(row)]));
  }

  /** The last one who says something is right. */
  async store(recipientId: string, { mutedTypes, quietHours, locale }: Preferences, now: Date): Promise<void> {
    const { from = null, to = null, timeZone = null } = quietHours ?? {};
    await this.database.execute(STORE, [recipientId, mutedTypes, from, to, timeZone, locale, now]);
  }
}

const preferencesOf = (row: Row): Preferences => {
  const { quiet_from: from, quiet_to: to, quiet_time_zone: timeZone } = row;
  const quietHours = from === null || to === null || timeZone === null ? null : { from, to, timeZone };
  return { mutedTypes: row.muted_types, quietHours, locale: row.locale };
};
