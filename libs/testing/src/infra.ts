import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { processEnvironment } from '@nx/config';

/** Addresses of the servers that tests run against. */
export interface TestInfra {
  postgresAdminUrl: string;
  redisUrl: string;
  kafkaBrokers: string[];
  /** Binary for private Redis servers. */
  redisServer: string;
}

/** The root of the repository, found from the working folder upwards. */
export function repositoryRoot(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'nest-cli.json'))) return folder;
    if (dirname(folder) === folder) throw new Error('the tests must run inside the repository');
  }
}

interface InfraFile {
  postgresAdminUrl?: string;
  redisUrl?: string;
  kafkaBrokers?: string | string[];
  binaries?: { redisServer?: string };
}

/** Addresses from `TEST_POSTGRES_ADMIN_URL`, `TEST_REDIS_URL`, `TEST_KAFKA_BROKERS`, else from `npm run infra:start`. */
export async function testInfra(): Promise<TestInfra> {
  const path = join(repositoryRoot(), '.local', 'infra.json');
  const file = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as InfraFile) : {};
  const environment = processEnvironment();
  const postgresAdminUrl = environment['TEST_POSTGRES_ADMIN_URL'] ?? file.postgresAdminUrl;
  const redisUrl = environment['TEST_REDIS_URL'] ?? file.redisUrl;
  const brokers = environment['TEST_KAFKA_BROKERS'] ?? file.kafkaBrokers;
  if (!postgresAdminUrl || !redisUrl || !brokers || brokers.length === 0) {
    throw new Error('no PostgreSQL, Redis and Kafka for the tests: run `npm run infra:start` (npm test does)');
  }
  const kafkaBrokers = Array.isArray(brokers) ? brokers : brokers.split(',').map((broker) => broker.trim());
  return { postgresAdminUrl, redisUrl, kafkaBrokers, redisServer: file.binaries?.redisServer ?? 'redis-server' };
}
