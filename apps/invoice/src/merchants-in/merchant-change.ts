import { UNAVAILABLE_VALUE } from '@nx/contracts';
import { RecordError } from '@nx/messaging';

/** The parts of a change of commerce's merchant table that concern invoices. */
export interface MerchantNews {
  readonly op: 'c' | 'r' | 'u';
  readonly merchantId: string;
  readonly organizerId: string | null;
  readonly name: string | null;
  /** `metadata.tax`; undefined where the record does not carry the metadata (it was not touched). */
  readonly tax: Readonly<Record<string, unknown>> | null | undefined;
  /** Place in the feed as one of the source's log, decimal text; null where the connector gave none. See `placeInLog`. */
  readonly lsn: string | null;
  readonly at: Date | null;
}

const wrong = (what: string): RecordError => new RecordError(`merchant change: ${what}`, { retryable: false });

const members = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function integerText(value: unknown): string | null {
  const text = typeof value === 'bigint' || typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? text : null;
}

/**
 * A change lies in the log where it was made, and comes with its transaction's commit, which may be after that of others
 * and after a snapshot that does not have it yet. `sequence` is `[end of the commit before, place of the change]`, so
 * the later of the two never falls from one record of a row to the next. A row read by an incremental snapshot has no
 * place of its own but that one.
 */
function placeInLog(source: Record<string, unknown> | undefined): string | null {
  const places = [source?.['lsn'], ...sequenceOf(source?.['sequence'])].map(integerText);
  const known = places.filter((place) => place !== null);
  return known.reduce<string | null>(
    (last, place) => (last === null || BigInt(place) > BigInt(last) ? place : last),
    null,
  );
}

function sequenceOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'string') return [];
  try {
    const parts: unknown = JSON.parse(value);
    return Array.isArray(parts) ? parts : [];
  } catch {
    throw wrong('source.sequence is no JSON');
  }
}

function metadataOf(value: unknown): Record<string, unknown> | null | undefined {
  if (value === undefined || value === UNAVAILABLE_VALUE) return undefined;
  if (value === null) return null;
  if (typeof value !== 'string') return members(value) ?? null;
  try {
    return members(JSON.parse(value)) ?? null;
  } catch {
    throw wrong('metadata is no JSON');
  }
}

function taxOf(after: Record<string, unknown>): MerchantNews['tax'] {
  const metadata = metadataOf(after['metadata']);
  if (metadata === undefined || metadata === null) return metadata;
  const tax = metadata['tax'];
  if (tax === UNAVAILABLE_VALUE) return undefined;
  return members(tax) ?? null;
}

/**
 * Reads a record of Debezium, with or without the schema wrapper. Null for what is ignored: tombstones, deletes,
 * truncations and messages. `before` is never looked at: the default replica identity leaves it out.
 * Throws a RecordError for a record that is none of the connector's.
 */
export function readMerchantChange(value: unknown): MerchantNews | null {
  if (value === null) return null;
  const outer = members(value);
  if (outer === undefined) throw wrong('the value is no object');
  const change = 'payload' in outer && !('op' in outer) ? outer['payload'] : outer;
  if (change === null) return null;
  const record = members(change);
  const op = record?.['op'];
  if (record === undefined || typeof op !== 'string') throw wrong('op is missing');
  if (op === 'd' || op === 't' || op === 'm') return null;
  if (op !== 'c' && op !== 'r' && op !== 'u') throw wrong(`op ${op.slice(0, 20)} is not known`);
  const after = members(record['after']);
  const merchantId = textOf(after?.['id']);
  if (after === undefined || merchantId === null) throw wrong('after.id is missing');
  const source = members(record['source']);
  const atMs = integerText(source?.['ts_ms']) ?? integerText(record['ts_ms']);
  return {
    op,
    merchantId,
    organizerId: textOf(after['organizer_id']),
    name: textOf(after['name']),
    tax: taxOf(after),
    lsn: placeInLog(source),
    at: atMs === null ? null : new Date(Number(atMs)),
  };
}

/** True when the record is older than what was stored: by the log's place where both have one, else by time. */
export function isOlder(
  news: Pick<MerchantNews, 'lsn' | 'at'>,
  stored: { readonly sourceLsn: string | null; readonly sourceTs: Date | null },
): boolean {
  if (news.lsn !== null && stored.sourceLsn !== null) {
    const [incoming, kept] = [BigInt(news.lsn), BigInt(stored.sourceLsn)];
    if (incoming !== kept) return incoming < kept;
  }
  return news.at !== null && stored.sourceTs !== null && news.at < stored.sourceTs;
}
