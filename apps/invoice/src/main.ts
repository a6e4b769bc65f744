import 'reflect-metadata';
import { loadConfig } from '@nx/config';
import { runService } from '@nx/http';
import { isInfrastructureError } from '@nx/persistence';
import { InvoiceConfig } from './invoice.config';
import { consumersOf, InvoiceModule } from './invoice.module';
import { migrateInvoice } from './migrate-invoice';
import { mountQueues } from './operations/mount-queues';

void runService<InvoiceConfig>({
  service: 'invoice',
  config: () => loadConfig(InvoiceConfig, undefined, { service: 'invoice' }),
  createModule: (config) => InvoiceModule.forRoot(config),
  strategies: consumersOf,
  migrate: migrateInvoice,
  openApi: {
    title: 'Invoice',
    description: 'Issues Vietnamese electronic invoices for what was sold, once for each sale.',
  },
  beforeListen: mountQueues,
  isInfrastructureError,
});
