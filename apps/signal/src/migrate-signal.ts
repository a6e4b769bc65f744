import { seedPermissions } from '@nx/authz';
import { TOPICS } from '@nx/contracts';
import type { ProgressLog } from '@nx/http';
import { ensureTopics } from '@nx/messaging';
import { Logger } from '@nx/observability';
import { Database, migrate, migrationDirectories } from '@nx/persistence';
import type { SignalConfig } from './signal.config';

/** Tables, default grants and topics of signal; it may run any number of times. */
export async function migrateSignal(config: Readonly<SignalConfig>, log: ProgressLog): Promise<void> {
  await migrate({ url: config.postgres.url, sources: migrationDirectories('signal'), log: (line) => log(line) });
  const logger = Logger.create({ service: 'signal', mode: config.mode, level: 'warn' });
  await seed(config, logger, log);
  const { created, existing } = await ensureTopics(config.kafka, [{ topic: TOPICS.activityNotification }], logger);
  log('topics', { created, existing: existing.length });
}

/** Where identity owns its table, the grants are its business. */
async function seed(config: Readonly<SignalConfig>, logger: Logger, log: ProgressLog): Promise<void> {
  const database = new Database({ postgres: config.postgres, applicationName: 'nx-signal-migrate', logger });
  try {
    await database.transaction(async (tx) => {
      const [table] = await tx.query<{ owner: string; ours: boolean }>(
        `SELECT pg_get_userbyid(relowner) AS owner, pg_has_role(relowner, 'MEMBER') AS ours
           FROM pg_class WHERE oid = 'identity."PolicyDefinition"'::regclass`,
      );
      if (table?.ours !== true) {
        log('grants are left to the owner of PolicyDefinition', { owner: table?.owner });
        return;
      }
      await tx.query(`SELECT set_config('role', $1, true)`, [table.owner]);
      await seedPermissions(tx);
      log('default grants are seeded');
    });
  } finally {
    await database.stop();
  }
}
