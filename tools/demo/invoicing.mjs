import { Api } from './http.mjs';

/** Sale channels of the demo: at the counter the invoice is issued at once, on the receipt the buyer claims it. */
export const CHANNELS = {
  counter: { saleChannelId: 'demo-counter', mode: 'REAL_TIME', suffix: 'DM' },
  receipt: { saleChannelId: 'demo-receipt', mode: 'BUYER_SELF_SERVICE', suffix: 'DR' },
};

const PROVIDER_NAME = 'VNPAY demo';

/** Series belong to a year of Vietnam's calendar. */
function serialOf(suffix) {
  const year = new Intl.DateTimeFormat('en', { timeZone: 'Asia/Ho_Chi_Minh', year: '2-digit' }).format(new Date());
  return `C${year}M${suffix}`;
}

/** Connects the merchant to the e-invoice vendor and maps its sale channels, as its owner would in the console. */
export async function connectInvoicing(urls, { staff, merchantId, sandbox, secrets, claimSettings }) {
  const owner = new Api(urls.invoice, { token: staff.owner.token, merchantId });
  const taxCode = '0100109106';
  const clientId = `demo-${merchantId}`;
  await sandbox.post('/vnpay-invoice/clients', { clientId, clientSecret: secrets.invoiceClient, taxCode, merchantId });
  const provider = await upsert(owner, '/invoice-providers', ({ name }) => name === PROVIDER_NAME, {
    name: PROVIDER_NAME,
    provider: 'VNPAY',
    baseUrl: urls.sandbox,
    taxCode,
    credential: { clientId, clientSecret: secrets.invoiceClient },
  });
  const channels = {};
  for (const [key, { saleChannelId, mode, suffix }] of Object.entries(CHANNELS)) {
    const name = `demo ${key}`;
    const config = await upsert(owner, '/invoice-provider-configs', (row) => row.name === name, {
      invoiceProviderId: provider.id,
      name,
      serial: serialOf(suffix),
      form: 1,
      category: 'POS_VAT',
      issuanceMode: mode,
      ...(mode === 'BUYER_SELF_SERVICE' && claimSettings ? { claimSettings } : {}),
    });
    const mapping = await upsert(owner, '/invoice-config-mappings', (row) => row.saleChannelId === saleChannelId, {
      saleChannelId,
      invoiceProviderConfigId: config.id,
    });
    channels[key] = { saleChannelId, configId: config.id, mappingId: mapping.id };
  }
  return { ...channels, providerId: provider.id };
}

/** Makes a row, or brings the one that exists up to date. */
async function upsert(api, path, fits, body) {
  const found = (await api.all(path)).find(fits);
  return found ? api.call('PATCH', `${path}/${found.id}`, body) : api.post(path, body);
}
