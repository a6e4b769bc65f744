import { randomBytes } from 'node:crypto';
import { Api, waitFor } from './http.mjs';
import { connectInvoicing } from './invoicing.mjs';

/** Everybody who works at the demo merchant, with the role that identity gives. */
const STAFF = { owner: '500_owner', cashier: '110_cashier', employee: '100_employee' };

const WEBHOOK_NAME = 'sale';
const WEBHOOK_EVENTS = [
  'mq-pay:transaction.settled',
  'mq-pay:transaction.cancelled',
  'mq-pay:attempt.success',
  'mq-pay:attempt.failed',
  'mq-pay:attempt.expired',
  'mq-pay:attempt.cancelled',
];

export const MERCHANT_TAX = {
  taxCode: '0100109106',
  fullName: 'CÔNG TY TNHH CÀ PHÊ DEMO',
  address: '1 Tràng Tiền, phường Cửa Nam, Hà Nội',
  taxMethod: 'DEDUCTION',
  email: 'ketoan@caphe-demo.example',
  phone: '0900000001',
};

/** Secrets that the demo's two sides share; the services store theirs sealed and never give them back. */
export function makeDemoSecrets() {
  const random = () => randomBytes(24).toString('base64url');
  return {
    webhook: random(),
    qr: { create: random(), check: random(), refund: random(), callback: random() },
    gateway: random(),
    invoiceClient: random(),
  };
}

/**
 * Makes the demo merchant able to sell, through the public API and the sandbox alone. Everything that exists is taken
 * over (its addresses may have moved), so a second call changes nothing that a sale would notice.
 * @param {object} urls base URLs of `payment`, `invoice` and `signal` (with base path), root of the `sandbox`; `inside`:
 *   those under which they know each other, where these differ
 */
export async function seedMerchant(urls, secrets, { log = () => {}, invoicing = true } = {}) {
  const sandbox = new Api(urls.sandbox);
  const { data: cast } = await sandbox.get('/identity/personas');
  const personas = Object.fromEntries(cast.map((persona) => [persona.name, persona]));
  const { merchantId, organizerId } = personas.owner;
  const inside = { ...urls, ...urls.inside };
  const staff = await hireStaff(sandbox, personas);
  log('staff');
  await openShop(sandbox, { merchantId, organizerId });
  log('merchant and its tax data');
  const owner = new Api(urls.payment, { token: staff.owner.token, merchantId });
  const qr = await connectQr(inside, owner, sandbox, merchantId, secrets);
  log('QR provider');
  const gateway = await connectGateway({ urls, inside }, owner, sandbox, merchantId, secrets.gateway);
  log('payment gateway');
  const webhook = await subscribeSale(inside, owner, sandbox, secrets.webhook);
  log("sale's webhook");
  const channels = invoicing
    ? await connectInvoicing(urls, { staff, merchantId, taxCode: MERCHANT_TAX.taxCode, sandbox, secrets })
    : {};
  if (invoicing) log('invoice provider');
  return { merchantId, organizerId, staff, personas, qr, gateway, webhook, channels };
}

/** Edges first, tokens after them. */
async function hireStaff(sandbox, personas) {
  const staff = {};
  for (const [name, role] of Object.entries(STAFF)) {
    const { userId, merchantId, organizerId } = personas[name];
    await sandbox.post('/identity/members', { userId, merchantId, organizerId, role });
    const { token } = await sandbox.post('/identity/tokens', { persona: name });
    staff[name] = { name, userId, token };
  }
  return staff;
}

async function openShop(sandbox, { merchantId, organizerId }) {
  const row = { id: merchantId, organizerId, name: 'Cà phê Demo', tax: MERCHANT_TAX };
  const made = await sandbox.send('POST', '/commerce/merchants', row);
  if (made.status === 409) await sandbox.call('PATCH', `/commerce/merchants/${merchantId}`, { name: row.name });
  else if (made.status !== 201) throw new Error(`commerce refused the merchant: ${JSON.stringify(made.body)}`);
}

/** The same secrets on both sides: at the vendor, and sealed in the merchant's configuration. */
async function connectQr(urls, owner, sandbox, merchantId, secrets) {
  const shop = {
    appId: 'MERCHANT',
    masterMerCode: 'A000000775',
    merchantCode: `SHOP${merchantId.slice(-8).toUpperCase()}`,
    terminalId: 'POS00001',
  };
  await sandbox.post('/vnpay/qr-mms/merchants', {
    ...shop,
    merchantId,
    secrets: secrets.qr,
    callbackUrl: `${urls.payment}/vnpay/qr-mms/ipn`,
  });
  const { qr } = secrets;
  const values = {
    tValue: {
      ...shop,
      merchantName: 'CA PHE DEMO',
      merchantType: '5814',
      endpoints: {
        create: `${urls.sandbox}/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode`,
        check: `${urls.sandbox}/CheckTransaction/rest/api/CheckTrans`,
        refund: `${urls.sandbox}/mms/refund`,
      },
    },
    credential: {
      createSecret: qr.create,
      checkSecret: qr.check,
      refundSecret: qr.refund,
      callbackSecret: qr.callback,
    },
  };
  const configuration = await configure(owner, 'VNPAY_QR_MMS', values);
  return { ...shop, configurationId: configuration.id };
}

async function configure(owner, code, values) {
  const found = (await owner.all('/configurations')).find((configuration) => configuration.code === code);
  return found
    ? owner.call('PATCH', `/configurations/${found.id}`, values)
    : owner.post('/configurations', { code, ...values });
}

/** The pay page for buyers at home; they come back to payment's own page. */
async function connectGateway({ urls, inside }, owner, sandbox, merchantId, hashSecret) {
  const tmnCode = `NX${merchantId
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(-6)
    .toUpperCase()
    .padStart(6, '0')}`;
  const ipnUrl = `${inside.payment}/vnpay/gateway/ipn`;
  await sandbox.post('/vnpay/gateway/terminals', { tmnCode, hashSecret, ipnUrl, merchantId });
  const configuration = await configure(owner, 'VNPAY_GATEWAY', {
    tValue: {
      tmnCode,
      endpoints: {
        pay: `${urls.sandbox}/paymentv2/vpcpay.html`,
        api: `${inside.sandbox}/merchant_webapi/api/transaction`,
      },
      returnUrl: `${urls.payment}/vnpay/gateway/return`,
    },
    credential: { hashSecret },
  });
  return { tmnCode, configurationId: configuration.id };
}

/** A subscription shows its secret once, so one whose secret was lost is made anew. */
async function subscribeSale(urls, owner, sandbox, secret) {
  const url = `${urls.sandbox}/v1/api/sale/webhooks/payment`;
  await sandbox.call('PUT', '/sale/webhook-secret', { secret });
  const body = { name: WEBHOOK_NAME, url, eventTypes: WEBHOOK_EVENTS, metadata: { timeoutMs: 5_000, maxRetries: 10 } };
  for (const old of (await owner.all('/webhook-configs')).filter(({ name }) => name === WEBHOOK_NAME)) {
    await owner.call('DELETE', `/webhook-configs/${old.id}`);
  }
  return owner.post('/webhook-configs', { ...body, signingMethod: 'HMAC_SHA256', secret });
}

/** Waits until invoice has the merchant's tax data from commerce's change feed. */
export function taxDataKnown(urls, { staff, merchantId }, fits = () => true) {
  const owner = new Api(urls.invoice, { token: staff.owner.token, merchantId });
  return waitFor(
    "the merchant's tax data in invoice",
    async (note) => {
      const { status, body } = await owner.send('GET', `/tax-info/merchants/${merchantId}`);
      note({ status, body });
      return status === 200 && fits(body) ? body : null;
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
}
