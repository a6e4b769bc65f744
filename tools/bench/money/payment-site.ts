import pg from 'pg';
import { makeDemoSecrets, seedMerchant, type DemoSecrets, type DemoUrls, type Merchant } from '../../demo/merchant.mjs';
import type { ServiceKey } from '../../environment.mjs';
import type { ProcessPlan, ServiceProcess, System } from '../../system.mjs';
import { buildEmptyService } from './build-empty-service';
import { startBenchSystem, type BenchSystem } from '../bench-system';

/** Before the routes of payment. */
export const PAYMENT_PATH = '/v1/api/payment';

/** No rate limit: one user and one address make all the load. */
const NO_LIMITS = { APP_ENV_RATE_LIMIT_PER_SUBJECT: '0', APP_ENV_RATE_LIMIT_PER_IP: '0' };

/** A system with a merchant who can take money. */
export interface PaymentSite extends BenchSystem {
  readonly api: ServiceProcess;
  readonly urls: DemoUrls;
  readonly secrets: DemoSecrets;
  readonly merchant: Merchant;
  /** Superuser's connections; names are looked up as the service does. */
  readonly admin: pg.Pool;
  /** Headers of the merchant's cashier. */
  readonly cashier: Readonly<Record<string, string>>;
}

export interface PaymentSiteOptions {
  /** Beside payment's api, which is always there. */
  readonly processes?: readonly ProcessPlan[];
  /** Whether the merchant issues invoices too: then the api of invoice has to be among the processes. */
  readonly invoicing?: boolean;
}

export async function openPaymentSite(
  { processes = [], invoicing = false }: PaymentSiteOptions,
  log: (line: string) => void,
): Promise<PaymentSite> {
  const bench = await startBenchSystem(
    {
      processes: [{ name: 'payment-api', service: 'payment', mode: 'api' }, ...processes],
      overrides: { all: NO_LIMITS },
    },
    log,
  );
  const admin = new pg.Pool({
    connectionString: bench.adminUrl,
    max: 2,
    options: '-c search_path=payment,mq_pay,invoice,tax,identity,platform',
  });
  const close = async (): Promise<void> => {
    await admin.end();
    await bench.close();
  };
  try {
    const api = bench.system.process('payment-api');
    if (api === undefined) throw new Error('payment-api was not started');
    const urls = urlsOf(bench.system);
    const secrets = makeDemoSecrets();
    const merchant = await seedMerchant(urls, secrets, { invoicing });
    const cashier = {
      authorization: `Bearer ${merchant.staff.cashier.token}`,
      'x-merchant-id': merchant.merchantId,
      'content-type': 'application/json',
    };
    return { ...bench, api, urls, secrets, merchant, admin, cashier, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Base URLs; a service that was not started has one where nobody listens. */
function urlsOf({ endpoints, processes }: System): DemoUrls {
  const baseOf = (service: ServiceKey): string =>
    processes.find((child) => child.service === service && child.mode !== 'worker')?.baseUrl ?? endpoints[service];
  const [payment, invoice, signal] = [baseOf('payment'), baseOf('invoice'), baseOf('signal')];
  return { sandbox: endpoints.sandbox, payment, invoice, signal, stream: endpoints.signal };
}

/** Starts the service that has payment's routes with nothing behind them, beside it. Returns its root URL. */
export async function emptyServiceUrl({ system }: PaymentSite): Promise<string> {
  const release = await buildEmptyService();
  const empty = await system.add({ name: 'empty-service', service: 'payment', mode: 'api', release });
  await empty.start();
  return empty.url;
}
