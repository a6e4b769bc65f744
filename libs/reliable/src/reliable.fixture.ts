import { PostgresConfig } from '@nx/config';
import { Logger, Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import type { TestDatabase } from '@nx/testing';

/** A logger that keeps its lines, so that a test can look at them. */
export function recordingLogger(lines: string[] = []): Logger {
  return Logger.create({
    service: 'test',
    mode: 'full',
    level: 'debug',
    destination: { write: (line) => void lines.push(line) },
  });
}

/** The service's Database over a test database, as its runtime role. */
export function openDatabase(
  test: TestDatabase,
  poolMax = 8,
  logger = recordingLogger(),
  applicationName = 'nx-test',
): Database {
  const postgres = Object.assign(new PostgresConfig(), {
    url: test.urlFor('runtime'),
    poolMax,
    poolMin: 0,
    connectTimeoutMs: 2000,
    idleMs: 10_000,
    maxLifetimeMs: 600_000,
    leakMs: 30_000,
  });
  return new Database({ postgres, applicationName, logger });
}

export const testMetrics = (): Metrics => new Metrics({ processMetrics: false });
