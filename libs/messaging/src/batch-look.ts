import type { Logger } from '@nx/observability';
import { during } from '@nx/fail-points';
import { messageOf } from './kafka-client';
import type { HandlerEntry } from './handler-table';
import type { ParkingPort, RawRecord } from './parking.port';
import { inboundRecord, type InboundRecord } from './record';
import type { RecordSource } from './record-handler.decorator';

/**
 * Looks at a whole batch of a partition before its records have their turn, so that what has no effect needs no question
 * of its own. Whoever looks keeps the order of a key: it settles no record behind one of the same thing that it leaves.
 */
export interface BatchLook {
  /** Names the topics as the handler of the records does. */
  readonly source: RecordSource;
  /**
   * Gives the records that are done: their effect, if any, stands. All others have their turn as ever. What it throws is
   * no failure of a record: then nothing is done, and each has its turn.
   */
  settle(records: readonly InboundRecord[]): Promise<ReadonlySet<InboundRecord>>;
}

export interface LookingAheadOptions {
  readonly group: string;
  readonly parking: Pick<ParkingPort, 'parkedKeys'>;
  readonly logger: Logger;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Runs the looks of handlers. A record whose key is parked, or that cannot be read, has its turn in any case. */
export class LookingAhead {
  constructor(private readonly options: LookingAheadOptions) {}

  /** Offsets of the records that are done. Never throws. */
  async settled(entry: HandlerEntry, records: readonly RawRecord[]): Promise<ReadonlySet<string>> {
    const { look } = entry;
    if (look === undefined || records.length < 2) return NOTHING;
    try {
      const readable = await this.readable(records);
      const done = await during(entry.label, () => look.settle(readable));
      return new Set([...done].map(({ offset }) => offset));
    } catch (error) {
      this.options.logger.debug('no look at the batch', { topic: records[0]?.topic, error: messageOf(error) });
      return NOTHING;
    }
  }

  /** Without the keys that are parked, and without what follows a record of its key that cannot be read. */
  private async readable(records: readonly RawRecord[]): Promise<InboundRecord[]> {
    const { group, parking } = this.options;
    const keys = new Set(records.flatMap(({ key }) => (key === null ? [] : [key])));
    const left = new Set(await parking.parkedKeys(group, records[0]?.topic ?? '', [...keys]));
    const readable: InboundRecord[] = [];
    for (const raw of records) {
      if (raw.key !== null && left.has(raw.key)) continue;
      const record = read(raw);
      if (record !== undefined) readable.push(record);
      else if (raw.key !== null) left.add(raw.key);
    }
    return readable;
  }
}

const read = (raw: RawRecord): InboundRecord | undefined => {
  try {
    return inboundRecord(raw);
  } catch {
    // Its own turn says what is wrong with it.
    return undefined;
  }
};
