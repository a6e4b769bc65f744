import { operatorGate } from '@nx/authz';
import { loadConfig } from '@nx/config';
import { Permission } from '@nx/contracts';
import type { ServiceOptions } from '@nx/http';
import { isInfrastructureError } from '@nx/persistence';
import { mountDashboard } from '@nx/queue';
import { InvoiceConfig } from './invoice.config';
import { consumersOf, InvoiceModule } from './invoice.module';
import { migrateInvoice } from './migrate-invoice';

/** What invoice says about itself; main and the generator of documents start from here. */
export const invoiceService: ServiceOptions<InvoiceConfig> = {
  service: 'invoice',
  config: () => loadConfig(InvoiceConfig),
  createModule: (config) => InvoiceModule.forRoot(config),
  strategies: consumersOf,
  migrate: migrateInvoice,
  isInfrastructureError,
  beforeListen: (app) =>
    mountDashboard(
      app,
      '/internal/api/queues',
      operatorGate(app, ({ method }) => (method === 'GET' ? Permission.QueueRead : Permission.QueueExecute)),
    ),
  openApi: {
    title: 'Invoice',
    description: 'Issues Vietnamese electronic invoices for what was sold, once for each sale.',
  },
};
