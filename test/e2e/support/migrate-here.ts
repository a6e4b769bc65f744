import { loadConfig } from '@nx/config';
import { InvoiceConfig } from '../../../apps/invoice/src/invoice.config';
import { migrateInvoice } from '../../../apps/invoice/src/migrate-invoice';
import { migratePayment } from '../../../apps/payment/src/migrate-payment';
import { PaymentConfig } from '../../../apps/payment/src/payment.config';
import { migrateSignal } from '../../../apps/signal/src/migrate-signal';
import { SignalConfig } from '../../../apps/signal/src/signal.config';
import type { ServiceKey } from '../../../tools/environment.mjs';

const quiet = (): void => undefined;

/** Migrates a service as its process in mode `migrate` does it, without the start of a process. */
export async function migrateHere(service: ServiceKey, environment: Record<string, string>): Promise<void> {
  const options = { service };
  if (service === 'payment') await migratePayment(loadConfig(PaymentConfig, environment, options), quiet);
  else if (service === 'invoice') await migrateInvoice(loadConfig(InvoiceConfig, environment, options), quiet);
  else await migrateSignal(loadConfig(SignalConfig, environment, options), quiet);
}
