/** What this library reads of the application's Kafka settings (`KafkaConfig` of the configuration library fits). */
export interface KafkaSettings {
  /** `host:port`. */
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  /** PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  readonly saslMechanism?: string | undefined;
  readonly saslUsername?: string | undefined;
  readonly saslPassword?: string | undefined;
  /** Put before every logical topic name with a dot; empty for none. Never before names of a change feed. */
  readonly topicPrefix: string;
  /** Where a group without committed offsets starts. */
  readonly fromBeginning: boolean;
}

/** Name on the broker of a logical topic. */
export function physicalTopic(settings: Pick<KafkaSettings, 'topicPrefix'>, logical: string): string {
  const prefix = settings.topicPrefix.replace(/\.+$/, '');
  return prefix === '' ? logical : `${prefix}.${logical}`;
}

/** The name without the site's prefix. */
export function logicalTopic(settings: Pick<KafkaSettings, 'topicPrefix'>, physical: string): string {
  const start = physicalTopic(settings, '');
  return start !== '' && physical.startsWith(start) ? physical.slice(start.length) : physical;
}
