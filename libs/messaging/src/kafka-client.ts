import type { Logger } from '@nx/observability';
import { Kafka, logLevel, type KafkaConfig, type LogEntry, type RetryOptions, type SASLOptions } from 'kafkajs';
import type { KafkaSettings } from './kafka-settings';

function saslOptions(settings: KafkaSettings): SASLOptions | undefined {
  if (settings.saslMechanism === undefined || settings.saslMechanism === '') return undefined;
  const mechanism = settings.saslMechanism.toLowerCase();
  if (mechanism !== 'plain' && mechanism !== 'scram-sha-256' && mechanism !== 'scram-sha-512') {
    throw new Error(`unknown SASL mechanism ${settings.saslMechanism}: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512`);
  }
  const credentials = { username: settings.saslUsername ?? '', password: settings.saslPassword ?? '' };
  return { mechanism, ...credentials };
}

/**
 * The driver reports every hiccup of a connection as an error although it retries by itself. What matters is told by
 * this library, so its errors become warnings and the rest is for debugging.
 */
function forward(logger: Logger, { namespace, level, log }: LogEntry): void {
  const { message, timestamp: _timestamp, stack: _stack, logger: _driver, ...fields } = log;
  const text = `kafka ${namespace}: ${message}`;
  if (level <= logLevel.ERROR) logger.warn(text, { kafka: fields });
  else logger.debug(text, { kafka: fields });
}

/** How often a client tries again before it gives up, about the sum of its pauses: 3 s. */
const USUAL_RETRY: RetryOptions = { retries: 5, initialRetryTime: 100, maxRetryTime: 3_000 };

/**
 * A client of the driver under exactly this client id. Nothing is connected yet.
 * Throws for a SASL mechanism that is not known.
 */
export function kafkaClient(
  settings: KafkaSettings,
  clientId: string,
  logger: Logger,
  retry: RetryOptions = USUAL_RETRY,
): Kafka {
  const sasl = saslOptions(settings);
  const config: KafkaConfig = {
    clientId,
    brokers: [...settings.brokers],
    ssl: settings.ssl,
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    requestTimeout: 20_000,
    enforceRequestTimeout: true,
    retry,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => forward(logger, entry),
  };
  if (sasl !== undefined) config.sasl = sasl;
  return new Kafka(config);
}

/** Short text of an unknown error, for logs and headers. */
export function messageOf(error: unknown, limit = 2_000): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, limit);
}

/**
 * What keeps a client from the brokers, as a sentence for logs and probes. Who is refused at the login is told which
 * settings to look at; the secret is not in it.
 */
export function connectionProblem({ saslMechanism, saslUsername }: KafkaSettings, error: unknown): string {
  if (!isLoginRefused(error)) return messageOf(error, 200);
  return (
    `the brokers refuse the login of ${saslUsername ?? 'nobody'} by ${saslMechanism ?? 'no mechanism'} ` +
    `(${messageOf(error, 200)}): check APP_ENV_KAFKA_SASL_MECHANISM, APP_ENV_KAFKA_SASL_USERNAME and APP_ENV_KAFKA_SASL_PASSWORD`
  );
}

function isLoginRefused(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (current.name === 'KafkaJSSASLAuthenticationError') return true;
  }
  return false;
}
