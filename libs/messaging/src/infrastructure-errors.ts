import { AppError, ERROR_CATALOGUE } from '@nx/contracts';

const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

const DRIVER_NAMES: ReadonlySet<string> = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSRequestTimeoutError',
  'KafkaJSSASLAuthenticationError',
  'MaxRetriesPerRequestError',
  'ClusterAllFailedError',
]);

const REDIS_AWAY = /^(Connection is closed\.|Stream isn't writeable)/;

/**
 * True for failures that are nobody's record's fault: sockets, the Kafka and Redis drivers, and our own UNAVAILABLE.
 * Looks through causes. The application adds what it knows of the database.
 */
export function isNetworkError(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    const code: unknown = 'code' in current ? current.code : undefined;
    if (current instanceof AppError) return ERROR_CATALOGUE[current.code].kind === 'UNAVAILABLE';
    if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
    if (DRIVER_NAMES.has(current.name) || REDIS_AWAY.test(current.message)) return true;
  }
  return false;
}
