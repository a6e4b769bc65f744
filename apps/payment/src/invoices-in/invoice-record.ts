import { INVOICE_ORIGINS } from '@nx/contracts';
import { RecordError } from '@nx/messaging';

/** One event of an invoice, as `invoice.events` tells it. */
export interface InvoiceNews {
  readonly eventId: string;
  readonly eventType: string;
  readonly occurredAt: Date;
  readonly invoiceId: string;
  readonly merchantId: string;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly origin: string;
  readonly parentId: string | null;
  readonly status: string;
  readonly form: string;
  readonly symbol: string;
  readonly number: string | null;
  readonly date: string | null;
  readonly lookupCode: string | null;
  readonly cqtCode: string | null;
  /** In the minor unit; below zero for an adjustment that takes back. */
  readonly total: number;
  readonly currency: string;
  /** Null where the release that wrote the record does not tell it; so with the members that follow. */
  readonly version: number | null;
  readonly issuanceMode: string | null;
  readonly reason: string | null;
  readonly waitsFor: readonly string[];
  readonly dueAt: Date | null;
}

const [ORIGINAL] = INVOICE_ORIGINS;
const LONGEST_REASON = 300;
const MOST_WAITS = 20;

const wrong = (what: string): RecordError => new RecordError(`invoice.events: ${what}`, { retryable: false });

function members(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${name} is no object`);
  return value as Record<string, unknown>;
}

/** PostgreSQL stores no NUL: a text with one could never be written, and its record would be tried without end. */
const isText = (value: unknown, limit: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= limit && !value.includes('\0');

function id(value: unknown, name: string): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(value)) throw wrong(`${name} is no id`);
  return value;
}

function word(value: unknown, name: string, limit = 64): string {
  if (!isText(value, limit)) throw wrong(`${name} is no text of at most ${limit} characters`);
  return value;
}

const optional = (value: unknown, name: string, limit = 64): string | null =>
  value === null || value === undefined ? null : word(value, name, limit);

function instant(value: unknown, name: string): Date {
  const at = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(at.getTime())) throw wrong(`${name} is no instant`);
  return at;
}

function whole(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(`${name} is no whole number`);
  return value;
}

type Progress = Pick<InvoiceNews, 'version' | 'issuanceMode' | 'reason' | 'waitsFor' | 'dueAt'>;

function progressOf(value: unknown): Progress {
  if (value === undefined) return { version: null, issuanceMode: null, reason: null, waitsFor: [], dueAt: null };
  const progress = members(value, 'progress');
  const { dueAt, reason, waitsFor } = progress;
  if (!Array.isArray(waitsFor) || waitsFor.length > MOST_WAITS) throw wrong('progress.waitsFor is no short list');
  return {
    version: whole(progress['version'], 'progress.version'),
    issuanceMode: optional(progress['issuanceMode'], 'progress.issuanceMode'),
    // A provider's own words: none of them is worth a parked record.
    reason: typeof reason === 'string' ? reason.replaceAll('\0', '').slice(0, LONGEST_REASON) : null,
    waitsFor: waitsFor.map((code) => word(code, 'progress.waitsFor')),
    dueAt: dueAt === null ? null : instant(dueAt, 'progress.dueAt'),
  };
}

/**
 * The event of a record; null for a tombstone. Types and statuses that a later release adds are taken as they are, members
 * that we do not know are ignored. Throws a RecordError for a record that is none of invoice's.
 */
export function readInvoiceRecord(value: unknown): InvoiceNews | null {
  if (value === null) return null;
  const record = members(value, 'the record');
  const eventType = record['eventType'];
  if (!isText(eventType, 64) || !eventType.startsWith('invoice.')) throw wrong('eventType is none of an invoice');
  const invoice = members(members(record['payload'], 'payload')['invoice'], 'payload.invoice');
  const parentId = invoice['parentId'] ?? null;
  return {
    eventId: id(record['eventId'], 'eventId'),
    eventType,
    occurredAt: instant(record['occurredAt'], 'occurredAt'),
    invoiceId: id(invoice['id'], 'invoice.id'),
    merchantId: word(invoice['merchantId'], 'invoice.merchantId'),
    sourceType: word(invoice['sourceType'], 'invoice.sourceType'),
    sourceId: word(invoice['sourceId'], 'invoice.sourceId'),
    // A release that corrects nothing does not tell it.
    origin: optional(invoice['origin'], 'invoice.origin') ?? ORIGINAL,
    parentId: parentId === null ? null : id(parentId, 'invoice.parentId'),
    status: word(invoice['issuanceStatus'], 'invoice.issuanceStatus'),
    form: word(invoice['invoiceForm'], 'invoice.invoiceForm'),
    symbol: word(invoice['invoiceSymbol'], 'invoice.invoiceSymbol'),
    number: optional(invoice['invoiceNumber'], 'invoice.invoiceNumber'),
    date: optional(invoice['invoiceDate'], 'invoice.invoiceDate'),
    lookupCode: optional(invoice['lookupCode'], 'invoice.lookupCode', 200),
    cqtCode: optional(invoice['cqtCode'], 'invoice.cqtCode', 200),
    total: whole(invoice['total'], 'invoice.total'),
    currency: word(invoice['currency'], 'invoice.currency', 3),
    ...progressOf(invoice['progress']),
  };
}
