import type { Api } from './http.mjs';
import type { Channel, DemoSecrets, DemoUrls } from './merchant.mjs';

/** Connects a merchant to the e-invoice vendor and maps its sale channels, as its owner would in the console. */
export function connectInvoicing(
  urls: Pick<DemoUrls, 'sandbox' | 'invoice'>,
  merchant: {
    readonly staff: { readonly owner: { readonly token: string } };
    readonly merchantId: string;
    readonly taxCode: string;
    readonly sandbox: Api;
    readonly secrets: Pick<DemoSecrets, 'invoiceClient'>;
  },
): Promise<{ readonly providerId: string; readonly counter: Channel; readonly receipt: Channel }>;
