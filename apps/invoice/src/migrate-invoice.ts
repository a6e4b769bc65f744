import { loadAdministrativeUnits, loadFormerCommunes } from '@nx/e-invoice';
import { seedDefaultGrants } from '@nx/authz';
import { TOPICS } from '@nx/contracts';
import type { ProgressLog } from '@nx/http';
import { ensureTopics } from '@nx/messaging';
import { Logger } from '@nx/observability';
import { asOwner, migrate, migrationDirectories, type OwnerConnection } from '@nx/persistence';
import type { InvoiceConfig } from './invoice.config';

/** Topics that this service reads or writes beside the change feed; each gets its dead letters. */
export const INVOICE_TOPICS = [
  { topic: TOPICS.paymentSuccess },
  { topic: TOPICS.paymentEvents },
  { topic: TOPICS.invoiceEvents },
  { topic: TOPICS.activityNotification },
];

/** Brings schema, default grants, administrative units and topics to what this release needs. Repeatable. */
export async function migrateInvoice(config: InvoiceConfig, log: ProgressLog): Promise<void> {
  const { url } = config.postgres;
  await migrate({ url, sources: migrationDirectories('invoice'), log: (line) => log(line) });
  await seedDefaultGrants(url, log);
  log('administrative units are there', await asOwner(url, 'nx_invoice_owner', seedAdministrativeUnits));
  const logger = Logger.create({ service: 'invoice', mode: 'migrate', level: 'warn' });
  const topics = [...INVOICE_TOPICS, { topic: { cdc: config.neighbours.cdcTopics }, partitions: 1 }];
  const { created, existing } = await ensureTopics(config.kafka, topics, logger);
  log('topics are there', { created, existing: existing.length });
}

/** Writes provinces, communes and the names before the reform; a renamed unit gets its new name. */
export async function seedAdministrativeUnits(connection: OwnerConnection): Promise<Record<string, number>> {
  const { validFrom, provinces, communes } = await loadAdministrativeUnits();
  const former = await loadFormerCommunes();
  await connection.execute(
    `INSERT INTO invoice."Province" (code, name, short_name, kind, valid_from)
     SELECT r.code, r.name, r."shortName", r.kind, $2 FROM jsonb_to_recordset($1::jsonb)
       AS r(code text, name text, "shortName" text, kind text)
     ON CONFLICT (code) DO UPDATE SET name = excluded.name, short_name = excluded.short_name, kind = excluded.kind`,
    [JSON.stringify(provinces), validFrom],
  );
  await connection.execute(
    `INSERT INTO invoice."Commune" (code, name, province_code, valid_from)
     SELECT r.code, r.name, r."provinceCode", $2 FROM jsonb_to_recordset($1::jsonb)
       AS r(code text, name text, "provinceCode" text)
     ON CONFLICT (code) DO UPDATE SET name = excluded.name, province_code = excluded.province_code`,
    [JSON.stringify(communes), validFrom],
  );
  await connection.execute(
    `INSERT INTO invoice."FormerCommune" (province, district, name, code, successor_codes)
     SELECT r.province, r.district, r.name, r.code, r."successorCodes" FROM jsonb_to_recordset($1::jsonb)
       AS r(province text, district text, name text, code text, "successorCodes" text[])
     ON CONFLICT (province, district, name) DO UPDATE SET code = excluded.code, successor_codes = excluded.successor_codes`,
    [JSON.stringify(former)],
  );
  return { provinces: provinces.length, communes: communes.length, former: former.length };
}
