import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { BatchLook } from './batch-look';
import { physicalTopic, type KafkaSettings } from './kafka-settings';
import type { InboundRecord } from './record';
import type { RecordHandlerExtras, RecordSource } from './record-handler.decorator';
import type { RunHandler } from './record-processor';

export interface HandlerEntry {
  readonly source: RecordSource;
  readonly name: string;
  /** The topic without the site's prefix; of a change feed, which has several spellings, the handler. */
  readonly label: string;
  readonly run: RunHandler;
  /** Looks at whole batches first. */
  readonly look: BatchLook | undefined;
}

/** Which topics of the broker to read, and which required ones are not there. */
export interface Subscription {
  readonly topics: readonly string[];
  readonly missing: readonly string[];
}

/** The handlers of the process by topic. */
export class HandlerTable {
  private readonly entries: HandlerEntry[] = [];

  /** `cdcTopics`: names of the change feed from configuration, in place of those at the handler. */
  constructor(
    private readonly settings: Pick<KafkaSettings, 'topicPrefix'>,
    private readonly cdcTopics?: readonly string[],
    private readonly looks: readonly BatchLook[] = [],
  ) {}

  /** Throws when a name already has a handler: both would run again for the failure of one. */
  add(callback: MessageHandler, extras: RecordHandlerExtras): void {
    const names = this.namesOf(extras.source);
    const twice = this.entries.find((entry) => this.namesOf(entry.source).some((name) => names.includes(name)));
    if (twice !== undefined) {
      throw new Error(`topic ${names.join(', ')} has two handlers: ${twice.name} and ${extras.name}`);
    }
    const run = async (record: InboundRecord): Promise<void> => {
      const result: unknown = await callback(record);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    };
    const { source, name } = extras;
    const look = this.looks.find((candidate) => this.namesOf(candidate.source).join() === names.join());
    this.entries.push({ source, name, label: typeof source === 'string' ? source : name, run, look });
  }

  /** Names on the broker. */
  namesOf(source: RecordSource): readonly string[] {
    return typeof source === 'string' ? [physicalTopic(this.settings, source)] : (this.cdcTopics ?? source.cdc);
  }

  find(topic: string): HandlerEntry | undefined {
    return this.entries.find((entry) => this.namesOf(entry.source).includes(topic));
  }

  all(): readonly string[] {
    return this.entries.flatMap((entry) => this.namesOf(entry.source));
  }

  /** Of a change feed the names that exist are read; one of them is enough. */
  subscription(existing: ReadonlySet<string>): Subscription {
    const topics: string[] = [];
    const missing: string[] = [];
    for (const entry of this.entries) {
      const names = this.namesOf(entry.source);
      const found = names.filter((name) => existing.has(name));
      topics.push(...found);
      if (found.length === 0) missing.push(names.join(' or '));
    }
    return { topics: topics.sort(), missing };
  }
}
