import type { Channel } from '../../../tools/demo/merchant.mjs';
import { MERCHANT_TAX } from '../../../tools/demo/merchant.mjs';
import type { Shop } from './world';

/** Series beside those of the demo, for invoices that go to another provider in the end. */
export interface InvoiceSeries {
  /** Invoices that wait until a person has them issued. */
  readonly byHand: Channel;
  /** A configuration at another provider, in a series of its own. */
  readonly elsewhere: string;
}

const opened = new WeakMap<Shop, Promise<InvoiceSeries>>();

/** The series of a shop; opened when they are asked for first, so do that before anybody dies. */
export function seriesOf(shop: Shop): Promise<InvoiceSeries> {
  const known = opened.get(shop) ?? open(shop);
  opened.set(shop, known);
  return known;
}

interface Made {
  readonly id: string;
}

async function open(shop: Shop): Promise<InvoiceSeries> {
  const { till, merchant } = shop;
  const { providerId } = merchant.channels;
  const configure = async (name: string, invoiceProviderId: string, suffix: string): Promise<string> => {
    const series = { serial: symbol(suffix), form: 1, category: 'POS_VAT', issuanceMode: 'MANUAL' };
    const body = { invoiceProviderId, name, ...series };
    const { id } = await till.invoices.post<Made>('/invoice-provider-configs', body);
    return id;
  };
  const byHand = await configure('by hand', providerId, 'BH');
  const elsewhere = await configure('elsewhere', await secondProvider(shop), 'EW');
  const body = { saleChannelId: 'by-hand', invoiceProviderConfigId: byHand };
  const { id } = await till.invoices.post<Made>('/invoice-config-mappings', body);
  return { byHand: { saleChannelId: body.saleChannelId, configId: byHand, mappingId: id }, elsewhere };
}

/** Another account of the merchant at the vendor: for invoice it is another provider. */
async function secondProvider({ till, merchant, world, secrets }: Shop): Promise<string> {
  const { merchantId } = merchant;
  const client = {
    clientId: `second-${merchantId}`,
    clientSecret: secrets.invoiceClient,
    taxCode: MERCHANT_TAX.taxCode,
  };
  await till.sandbox.post('/vnpay-invoice/clients', { ...client, merchantId });
  const body = { name: 'VNPAY second', provider: 'VNPAY', baseUrl: world.urls.sandbox, ...client };
  const { id } = await till.invoices.post<Made>('/invoice-providers', body);
  return id;
}

/** Series belong to a year of Vietnam's calendar. */
function symbol(suffix: string): string {
  const year = new Intl.DateTimeFormat('en', { timeZone: 'Asia/Ho_Chi_Minh', year: '2-digit' }).format(new Date());
  return `C${year}M${suffix}`;
}
