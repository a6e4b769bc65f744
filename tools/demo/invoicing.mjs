import { Api } from './http.mjs';

/**
 * Sale channels of the demo: at the counter the invoice is issued at once, on the receipt the buyer claims it. Receipts
 * use an ordinary series, whose day of law ends later than that of a cash register's.
 */
const CHANNELS = {
  counter: { saleChannelId: 'demo-counter', issuanceMode: 'REAL_TIME', letter: 'M', suffix: 'DM', category: 'POS_VAT' },
  receipt: {
    saleChannelId: 'demo-receipt',
    issuanceMode: 'BUYER_SELF_SERVICE',
    letter: 'T',
    suffix: 'DR',
    category: 'VAT',
  },
};

const PROVIDER_NAME = 'VNPAY demo';

/** Series belong to a year of Vietnam's calendar. */
function serialOf({ letter, suffix }) {
  const year = new Intl.DateTimeFormat('en', { timeZone: 'Asia/Ho_Chi_Minh', year: '2-digit' }).format(new Date());
  return `C${year}${letter}${suffix}`;
}

/** Connects the merchant to the e-invoice vendor and maps its sale channels, as its owner would in the console. */
export async function connectInvoicing(urls, { staff, merchantId, taxCode, sandbox, secrets }) {
  const owner = new Api(urls.invoice, { token: staff.owner.token, merchantId });
  const client = { clientId: `demo-${merchantId}`, clientSecret: secrets.invoiceClient, taxCode };
  await sandbox.post('/vnpay-invoice/clients', { ...client, merchantId });
  const provider = await upsert(owner, '/invoice-providers', ({ name }) => name === PROVIDER_NAME, {
    name: PROVIDER_NAME,
    provider: 'VNPAY',
    baseUrl: urls.inside?.sandbox ?? urls.sandbox,
    ...client,
  });
  const channels = { providerId: provider.id };
  for (const [key, channel] of Object.entries(CHANNELS)) {
    const { saleChannelId, issuanceMode, category } = channel;
    const name = `demo ${key}`;
    const config = await upsert(owner, '/invoice-provider-configs', (row) => row.name === name, {
      invoiceProviderId: provider.id,
      name,
      serial: serialOf(channel),
      form: 1,
      category,
      issuanceMode,
    });
    const mapping = await upsert(owner, '/invoice-config-mappings', (row) => row.saleChannelId === saleChannelId, {
      saleChannelId,
      invoiceProviderConfigId: config.id,
    });
    channels[key] = { saleChannelId, configId: config.id, mappingId: mapping.id };
  }
  return channels;
}

/** Makes a row, or brings the one that exists up to date. */
async function upsert(api, path, fits, body) {
  const found = (await api.all(path)).find(fits);
  return found ? api.call('PATCH', `${path}/${found.id}`, body) : api.post(path, body);
}
