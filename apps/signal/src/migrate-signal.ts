import { seedDefaultGrants } from '@nx/authz';
import { TOPICS } from '@nx/contracts';
import type { ProgressLog } from '@nx/http';
import { ensureTopics } from '@nx/messaging';
import { Logger } from '@nx/observability';
import { migrate, migrationDirectories } from '@nx/persistence';
import type { SignalConfig } from './signal.config';

/** Tables, default grants and topics of signal; it may run any number of times. */
export async function migrateSignal(config: Readonly<SignalConfig>, log: ProgressLog): Promise<void> {
  await migrate({ url: config.postgres.url, sources: migrationDirectories('signal'), log: (line) => log(line) });
  await seedDefaultGrants(config.postgres.url, log);
  const logger = Logger.create({ service: 'signal', mode: config.mode, level: 'warn' });
  const { created, existing } = await ensureTopics(config.kafka, [{ topic: TOPICS.activityNotification }], logger);
  log('topics', { created, existing: existing.length });
}
