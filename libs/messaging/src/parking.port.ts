import type { ErrorClass } from './record-errors';

/**
 * A record as it came from the broker, before any parsing: what can be stored, published again and tried later without
 * losing a byte. `value` null is a tombstone.
 */
export interface RawRecord {
  /** Name on the broker, with the site's prefix. */
  readonly topic: string;
  readonly partition: number;
  /** Decimal text: offsets are 64 bit. */
  readonly offset: string;
  /** Broker's timestamp of the record, ms since the epoch. With topic, partition and offset it names the record: offsets repeat after a topic is made again. */
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Header `x-event-id`, else `topic/partition/offset/timestamp`. */
  readonly eventId: string;
}

/** Why a record is put aside. */
export interface ParkReason {
  /** `record`: tries used up · `sibling`: another service is away · `blocked`: an earlier record of its key is parked, this one was not tried. */
  readonly kind: 'record' | 'sibling' | 'blocked';
  /** Name of the error's class; empty for `blocked`. */
  readonly errorName: string;
  /** Cut to 2,000 characters. */
  readonly errorMessage: string;
  /** Tries made so far; 0 for `blocked`. */
  readonly tries: number;
}

/** Runs a parked record again. Implemented by the consumer strategy and handed over through {@link ParkingPort.bind}. */
export interface RecordDispatcher {
  readonly group: string;
  /** Topics (names on the broker) that this consumer has handlers for. */
  topics(): readonly string[];
  /**
   * Parses the record and runs its handler once, in the record's request context.
   * Throws what the handler threw; nothing is committed, parked or counted here.
   */
  dispatch(record: RawRecord): Promise<void>;
  /** `infrastructure`: try again later without counting · `sibling`: retry without end · `record`: counts, dead letter in the end. */
  classify(error: unknown): ErrorClass;
}

/**
 * Where records wait that could not be handled. The consumer commits an offset only after `park` has resolved, so
 * `park` must be durable, and idempotent over (group, topic, partition, offset, timestamp): a record whose commit was
 * lost is parked a second time. Any error of the port counts as one of the infrastructure: the partition waits.
 */
export interface ParkingPort {
  /** True while an earlier record of the key waits. Asked once per record with a key: must be cheap. */
  isKeyParked(group: string, topic: string, key: string): Promise<boolean>;
  /** Those of the keys of which an earlier record waits. */
  parkedKeys(group: string, topic: string, keys: readonly string[]): Promise<readonly string[]>;
  park(group: string, record: RawRecord, reason: ParkReason): Promise<void>;
  /** Called once at start, before the first record, with what the sweeper needs to try records again. */
  bind(dispatcher: RecordDispatcher): void;
}
