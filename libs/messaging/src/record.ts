import type { RawRecord } from './parking.port';
import { parseLossless } from './lossless';
import { RecordError } from './record-errors';

/** What a handler gets with `@Payload()`. */
export interface InboundRecord<V = unknown> {
  /** Name on the broker, with the site's prefix. */
  readonly topic: string;
  readonly partition: number;
  /** Decimal text: offsets are 64 bit. */
  readonly offset: string;
  readonly timestampMs: number;
  readonly key: string | null;
  /** Parsed JSON; null is a tombstone. Nothing is validated here. */
  readonly value: V | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Header `x-event-id`, else `topic/partition/offset/timestamp`. Deduplicate by it. */
  readonly eventId: string;
}

/** Header that carries the event's id. */
export const EVENT_ID_HEADER = 'x-event-id';
/** Header of a record that a person brought back from the dead letters: its event id was seen before, on purpose. */
export const REPLAY_HEADER = 'x-replay';

interface WireMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly offset: string;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/** Text of a key or header. PostgreSQL stores no NUL: such a record could never be parked and would hold its partition for ever. */
const textOf = (bytes: Buffer | string): string => bytes.toString().replaceAll('\0', '\uFFFD');

/** Of a repeated header the last one counts, as with Kafka's own `lastHeader`. */
function headersOf(message: WireMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) headers[textOf(name)] = textOf(last);
  }
  return headers;
}

/** The broker's message in the form that can be stored and tried again. */
export function rawRecord(topic: string, partition: number, message: WireMessage): RawRecord {
  const headers = headersOf(message);
  return {
    topic,
    partition,
    offset: message.offset,
    timestampMs: Number(message.timestamp),
    key: message.key === null ? null : textOf(message.key),
    value: message.value,
    headers,
    eventId: headers[EVENT_ID_HEADER] || `${topic}/${partition}/${message.offset}/${message.timestamp}`,
  };
}

/** Parses the value. Throws a {@link RecordError} that is not retryable when it is not JSON in UTF-8. */
export function inboundRecord(raw: RawRecord): InboundRecord {
  const { value, ...rest } = raw;
  if (value === null) return { ...rest, value: null };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(value);
    return { ...rest, value: parseLossless(text) };
  } catch (error) {
    throw new RecordError('the value is not JSON in UTF-8', { retryable: false, cause: error });
  }
}
