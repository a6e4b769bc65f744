import { seedDefaultGrants } from '@nx/authz';
import { TOPICS } from '@nx/contracts';
import type { ProgressLog } from '@nx/http';
import { ensureTopics } from '@nx/messaging';
import { Logger } from '@nx/observability';
import { migrate, migrationDirectories } from '@nx/persistence';
import type { PaymentConfig } from './payment.config';

/** Topics that this service reads or writes; each gets its dead letters. */
export const PAYMENT_TOPICS = [
  { topic: TOPICS.paymentEvents },
  { topic: TOPICS.invoiceEvents },
  { topic: TOPICS.activityNotification },
];

/** Brings schema, default grants and topics to this release. Repeatable; prints what it does. */
export const migratePayment = async (config: PaymentConfig, log: ProgressLog): Promise<void> => {
  await migrate({ url: config.postgres.url, sources: migrationDirectories('payment'), log: (line) => log(line) });
  await seedDefaultGrants(config.postgres.url, log);
  const logger = Logger.create({ service: 'payment', mode: 'migrate', level: 'warn' });
  const { created, existing } = await ensureTopics(config.kafka, PAYMENT_TOPICS, logger);
  log('topics are there', { created: created.length, existing: existing.length });
};
