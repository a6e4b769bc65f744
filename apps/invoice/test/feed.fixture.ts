import { readTopics, type InboundRecord } from '@nx/messaging';
import { Logger } from '@nx/observability';
import type { RunningInvoice } from './invoice-service.fixture';

/** What the connector writes for a change of a row. */
export interface Envelope {
  readonly op: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly source: Readonly<Record<string, unknown>>;
}

/** The topic of a change feed, read from its beginning each time. */
export interface Feed {
  length(): Promise<number>;
  recordsOf(id: string): Promise<InboundRecord<Envelope>[]>;
  /** Without tombstones. */
  valuesOf(id: string): Promise<Envelope[]>;
}

export function feedOf({ app, config }: RunningInvoice, topic: string): Feed {
  const read = async (): Promise<InboundRecord<Envelope>[]> => {
    const found: InboundRecord<Envelope>[] = [];
    await readTopics({
      config: config.kafka,
      group: `${topic}-look`,
      clientId: 'look',
      topics: [topic],
      logger: app.get(Logger),
      signal: AbortSignal.timeout(60_000),
      onRecords: (records) => Promise.resolve(void found.push(...(records as InboundRecord<Envelope>[]))),
    });
    return found;
  };
  const recordsOf = async (id: string): Promise<InboundRecord<Envelope>[]> =>
    (await read()).filter(({ key }) => key === JSON.stringify({ id }));
  return {
    length: async () => (await read()).length,
    recordsOf,
    valuesOf: async (id) =>
      (await recordsOf(id)).map(({ value }) => value).filter((value): value is Envelope => value !== null),
  };
}
