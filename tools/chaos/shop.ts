import { Api } from '../demo/http.mjs';
import { makeDemoSecrets, seedMerchant, taxDataKnown, type DemoUrls, type Merchant } from '../demo/merchant.mjs';
import { connectStream, type Stream } from '../demo/stream.mjs';
import { pause } from './pause';
import { Till, type TillCounts } from './till';

/** The merchant of a drill, with its people at their devices. */
export interface Shop {
  readonly urls: DemoUrls;
  readonly merchant: Merchant;
  readonly sandbox: Api;
  readonly cashier: Till;
  readonly owner: Till;
  readonly invoices: Till;
  /** A buyer at the claim page of an address. */
  buyerAt(url: string): Till;
  readonly counts: TillCounts;
}

/** How the world around behaves in a drill: patient where a real one takes minutes. */
const SANDBOX_SETTINGS = {
  callbackTries: 400,
  callbackRetryMs: 1_000,
  callbackTimeoutMs: 4_000,
  gatewayIpnTries: 400,
  gatewayIpnRetryMs: 1_000,
  gatewayQueryPauseMs: 0,
  gatewayRefundMs: 1_000,
};

/** A window of a buyer's claim: minutes, which last a second here. */
const CLAIM_WINDOW_MINUTES = 8;

interface ShopOptions {
  readonly urls: DemoUrls;
  readonly givesUpAt: () => number;
  readonly stop: AbortSignal;
}

/** Opens the shop through the public API: providers, subscriber, invoices, refunds of surplus money by themselves. */
export async function openShop({ urls, givesUpAt, stop }: ShopOptions): Promise<Shop> {
  const sandbox = new Api(urls.sandbox);
  await sandbox.call('PUT', '/settings', SANDBOX_SETTINGS);
  const merchant = await seedMerchant(urls, makeDemoSecrets());
  await taxDataKnown(urls, merchant);
  const { merchantId, staff } = merchant;
  const owner = new Api(urls.payment, { token: staff.owner.token, merchantId });
  await owner.post('/configurations', { code: 'PAYMENT_SETTINGS', tValue: { autoRefund: true } });
  const invoicing = new Api(urls.invoice, { token: staff.owner.token, merchantId });
  await invoicing.call('PATCH', `/invoice-provider-configs/${merchant.channels.receipt.configId}`, {
    claimWindowMinutes: CLAIM_WINDOW_MINUTES,
  });
  const counts: TillCounts = { requests: 0, retries: 0 };
  const common = { givesUpAt, counts, stop };
  const till = (baseUrl: string, person: 'owner' | 'cashier'): Till =>
    new Till({ baseUrl, token: staff[person].token, merchantId, ...common });
  return {
    urls,
    merchant,
    sandbox,
    counts,
    cashier: till(urls.payment, 'cashier'),
    owner: till(urls.payment, 'owner'),
    invoices: till(urls.invoice, 'owner'),
    buyerAt: (baseUrl) => new Till({ baseUrl, ...common }),
  };
}

/** Screens that come back whenever their signal goes away. Returns how many pushes they got in all. */
export async function keepListening(
  shop: Shop,
  signalUrls: readonly string[],
  stop: AbortSignal,
): Promise<() => number> {
  let pushes = 0;
  const { merchantId, staff } = shop.merchant;
  const rooms = [`payment/merchants/${merchantId}`];
  const listen = async (url: string): Promise<void> => {
    while (!stop.aborted) {
      const stream = await connectStream(url, staff.cashier.token, { rooms }).catch(() => undefined);
      if (stream !== undefined) pushes += await untilClosed(stream, stop);
      await pause(1_000, stop);
    }
  };
  for (const url of signalUrls) void listen(url);
  await Promise.resolve();
  return () => pushes;
}

async function untilClosed(stream: Stream, stop: AbortSignal): Promise<number> {
  while (stream.closed === null && !stop.aborted) await pause(250, stop);
  stream.close();
  return stream.pushes.length;
}
