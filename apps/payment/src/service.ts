import { operatorGate } from '@nx/authz';
import { loadConfig } from '@nx/config';
import { Permission } from '@nx/contracts';
import type { ServiceOptions } from '@nx/http';
import { isInfrastructureError } from '@nx/persistence';
import { mountDashboard } from '@nx/queue';
import { migratePayment } from './migrate-payment';
import { PaymentConfig } from './payment.config';
import { consumersOf, PaymentModule } from './payment.module';

/** What payment says about itself; main and the generator of documents start from here. */
export const paymentService: ServiceOptions<PaymentConfig> = {
  service: 'payment',
  config: () => loadConfig(PaymentConfig),
  createModule: (config) => PaymentModule.forRoot(config),
  strategies: consumersOf,
  migrate: migratePayment,
  isInfrastructureError,
  beforeListen: (app) =>
    app.get(PaymentConfig).routes.served === 'ipn'
      ? Promise.resolve()
      : mountDashboard(
          app,
          '/internal/api/queues',
          operatorGate(app, ({ method }) => (method === 'GET' ? Permission.QueueRead : Permission.QueueExecute)),
        ),
  openApi: {
    title: 'Payment',
    description: 'Takes money for a sale through one API over several providers, and proves what happened to it.',
  },
};
