import type { InboundRecord } from '@nx/messaging';
import { RecordError } from '@nx/messaging';

export type Locale = 'vi' | 'en';
type Members = Readonly<Record<string, unknown>>;

/** A checked record of `signal.activity-notification`. */
export interface Activity {
  readonly eventId: string;
  readonly eventType: string;
  readonly scope: 'org' | 'merchant' | 'users';
  readonly actorId: string | null;
  readonly actorName: string | null;
  readonly organizerId: string | null;
  readonly merchantId: string | null;
  readonly recipientIds: readonly string[];
  readonly data: Members;
  readonly occurredAtMs: number | null;
  readonly locale: Locale | null;
  /** For types that have no template of their own. */
  readonly title: string | null;
  readonly content: string | null;
  readonly actionUrl: string | null;
}

const MAXIMUM = { id: 64, eventId: 300, eventType: 80, recipients: 10_000, title: 200, content: 2000, url: 2000 };

/** Defects of one record, collected so that its producer sees all of them at once. */
class Reading {
  readonly problems: string[] = [];

  constructor(private readonly members: Members) {}

  text(name: string, maximum: number): string | null {
    const value = this.members[name];
    if (value === undefined || value === null || value === '') return null;
    if (typeof value !== 'string' || value.length > maximum || value.includes('\u0000')) {
      this.problems.push(`${name} is no text of 1 to ${maximum} characters`);
      return null;
    }
    return value;
  }

  /** Ids of 64-bit numbers come as numbers from some producers. */
  id(name: string): string | null {
    const value = this.members[name];
    return typeof value === 'number' || typeof value === 'bigint' ? String(value) : this.text(name, MAXIMUM.id);
  }

  ids(name: string): string[] {
    const value = this.members[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value) || value.length > MAXIMUM.recipients) {
      this.problems.push(`${name} is no list of at most ${MAXIMUM.recipients} ids`);
      return [];
    }
    const ids = value.map((item: unknown) => new Reading({ item }).id('item'));
    if (ids.includes(null)) this.problems.push(`${name} holds something that is no id`);
    return [...new Set(ids.filter((item) => item !== null))];
  }

  object(name: string): Members {
    const value = this.members[name];
    if (value === undefined || value === null) return {};
    if (isMembers(value)) return value;
    this.problems.push(`${name} is no object`);
    return {};
  }

  instant(name: string): number | null {
    const value = this.members[name];
    if (value === undefined || value === null) return null;
    const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(time)) return time;
    this.problems.push(`${name} is no ISO 8601 time`);
    return null;
  }
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SCOPES = ['org', 'merchant', 'users'] as const;

/** `en-US` is English; any language that we do not speak is the default. */
const localeOf = (text: string | null): Locale | null => {
  const language = text?.slice(0, 2).toLowerCase();
  return language === 'vi' || language === 'en' ? language : null;
};

/** Only places of the platform and https pages may be linked. */
const linkOf = (text: string | null): string | null =>
  text !== null && (/^\/(?!\/)/.test(text) || text.startsWith('https://')) ? text : null;

/**
 * Checks a record's value. Unknown members are ignored: payloads grow.
 * @throws RecordError naming every wrong member; the same record can never become right, so it is parked at once
 */
export function readActivity(record: InboundRecord): Activity {
  const { value } = record;
  if (!isMembers(value)) throw new RecordError('the value is no object', { retryable: false });
  const reading = new Reading(value);
  const actor = new Reading(reading.object('actor'));
  const data = reading.object('data');
  const own = new Reading(data);
  const eventType = reading.text('eventType', MAXIMUM.eventType);
  if (eventType === null) reading.problems.push('eventType is missing');
  const scope = SCOPES.find((known) => known === value['recipientScope']);
  if (scope === undefined) reading.problems.push(`recipientScope is none of ${SCOPES.join(', ')}`);
  const activity: Omit<Activity, 'eventType' | 'scope'> = {
    eventId: reading.text('eventId', MAXIMUM.eventId) ?? record.eventId,
    actorId: reading.id('actorId') ?? actor.id('id'),
    actorName: actor.text('name', MAXIMUM.title),
    organizerId: reading.id('organizerId'),
    merchantId: reading.id('merchantId'),
    recipientIds: reading.ids('recipientIds'),
    data,
    occurredAtMs: reading.instant('occurredAt'),
    locale: localeOf(reading.text('locale', 35)),
    title: reading.text('title', MAXIMUM.title) ?? own.text('title', MAXIMUM.title),
    content: reading.text('content', MAXIMUM.content) ?? own.text('content', MAXIMUM.content),
    actionUrl: linkOf(reading.text('actionUrl', MAXIMUM.url) ?? own.text('actionUrl', MAXIMUM.url)),
  };
  const problems = [...reading.problems, ...actor.problems.map((problem) => `actor: ${problem}`), ...own.problems];
  if (problems.length > 0 || eventType === null || scope === undefined) {
    throw new RecordError(problems.join('; '), { retryable: false });
  }
  return { ...activity, eventType, scope };
}
