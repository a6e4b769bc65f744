import type { PlatformConfig } from '@nx/config';
import type { ServiceName } from '@nx/contracts';
import type { ServiceOptions } from '@nx/http';
import { InvoiceConfig } from '../../apps/invoice/src/invoice.config';
import { invoiceService } from '../../apps/invoice/src/service';
import { paymentService } from '../../apps/payment/src/service';
import { PaymentConfig } from '../../apps/payment/src/payment.config';
import { signalService } from '../../apps/signal/src/service';
import { SignalConfig } from '../../apps/signal/src/signal.config';

export interface DocumentedService<C extends PlatformConfig = PlatformConfig> {
  readonly options: ServiceOptions<C>;
  readonly config: new () => C;
}

const documented = <C extends PlatformConfig>(options: ServiceOptions<C>, config: new () => C) =>
  ({ options, config }) as unknown as DocumentedService;

/** What each app exports for its documents. */
export const DOCUMENTED: Readonly<Record<ServiceName, DocumentedService>> = {
  payment: documented(paymentService, PaymentConfig),
  invoice: documented(invoiceService, InvoiceConfig),
  signal: documented(signalService, SignalConfig),
};
