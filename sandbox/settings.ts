/** What the sandbox reads from its environment, once, at start. */
export interface SandboxSettings {
  readonly host: string;
  readonly port: number;
  /** Role nx_sandbox: writes only the schemas identity and commerce. Without it, rows are kept in memory only. */
  readonly postgresUrl: string | undefined;
  readonly kafkaBrokers: readonly string[];
  /** Joined to topic names as `<prefix>.`; never to the CDC topic, whose name belongs to the connector. */
  readonly topicPrefix: string;
  readonly cdcTopic: string;
  readonly seed: string;
  readonly truthFile: string | undefined;
  readonly claimsSecret: string | undefined;
  readonly paymentUrl: string | undefined;
  readonly invoiceUrl: string | undefined;
  readonly signalUrl: string | undefined;
}

function optional(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === '' ? undefined : text;
}

function port(value: string | undefined): number {
  const parsed = Number(optional(value) ?? '31900');
  if (!Number.isInteger(parsed) || parsed < 0 || parsed > 65_535)
    throw new Error(`SANDBOX_PORT is not a port: ${value}`);
  return parsed;
}

/** Throws when a value cannot be used; 0 as port takes any free one. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): SandboxSettings {
  return {
    host: optional(env['SANDBOX_HOST']) ?? '127.0.0.1',
    port: port(env['SANDBOX_PORT']),
    postgresUrl: optional(env['SANDBOX_POSTGRES_URL']),
    kafkaBrokers: (env['SANDBOX_KAFKA_BROKERS'] ?? '')
      .split(',')
      .map((broker) => broker.trim())
      .filter((broker) => broker !== ''),
    topicPrefix: optional(env['SANDBOX_TOPIC_PREFIX']) ?? '',
    cdcTopic: optional(env['SANDBOX_CDC_TOPIC']) ?? 'nx.seller.public.Merchant',
    seed: optional(env['SANDBOX_SEED']) ?? 'sandbox',
    truthFile: optional(env['SANDBOX_TRUTH_FILE']),
    claimsSecret: optional(env['SANDBOX_CLAIMS_SECRET']),
    paymentUrl: optional(env['SANDBOX_PAYMENT_URL']),
    invoiceUrl: optional(env['SANDBOX_INVOICE_URL']),
    signalUrl: optional(env['SANDBOX_SIGNAL_URL']),
  };
}
