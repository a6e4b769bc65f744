import { randomBytes } from 'node:crypto';
import { eventually } from '@nx/testing';
import { ProviderCredentials } from '../src/providers/provider-credentials';
import type { InvoiceWorld, RunningInvoice } from './invoice-service.fixture';

const id = (): string => `t${randomBytes(6).toString('hex').slice(0, 9)}`;

export interface Merchant {
  readonly id: string;
  readonly organizerId: string;
  readonly channelId: string;
  readonly taxCode: string;
  readonly symbol: string;
  readonly providerId: string;
}

const VIETNAM_MS = 7 * 3_600_000;

/** The series of the year in Vietnam: another year's is refused. */
export const seriesOf = (now: Date): string => `C${new Date(now.getTime() + VIETNAM_MS).toISOString().slice(2, 4)}MYY`;

/** Now, but never in the hour and a half in which the law leaves no time for a claim of a new sale: then 21:30. */
function paidAt(): string {
  const now = new Date();
  const local = new Date(now.getTime() + VIETNAM_MS);
  const minutes = local.getUTCHours() * 60 + local.getUTCMinutes();
  const backMs = minutes >= 22 * 60 ? (minutes - 21 * 60 - 30) * 60_000 : 0;
  return new Date(now.getTime() - backMs).toISOString();
}

/** A valid 10-digit tax code with its check digit. */
export function taxCode(): string {
  const weights = [31, 29, 23, 19, 17, 13, 7, 5, 3];
  for (;;) {
    const digits = ['0', '1', ...[...randomBytes(7)].map((byte) => String(byte % 10))];
    const check = 10 - (weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 11);
    if (check < 10) return `${digits.join('')}${check}`;
  }
}

export interface MerchantOptions {
  readonly mode?: 'REAL_TIME' | 'SCHEDULED' | 'MANUAL' | 'BUYER_SELF_SERVICE';
  readonly claimWindowMinutes?: number;
  readonly withTaxInfo?: boolean;
  readonly baseUrl?: string;
  readonly retries?: number;
}

/** A merchant with an account at the vendor, a series, a mapped channel and, by default, known tax data. */
export async function connectMerchant(
  world: InvoiceWorld,
  service: RunningInvoice,
  options: MerchantOptions = {},
): Promise<Merchant> {
  const merchant = {
    id: id(),
    organizerId: id(),
    channelId: id(),
    taxCode: taxCode(),
    symbol: seriesOf(new Date()),
    providerId: id(),
  };
  const secret = { clientId: merchant.id, clientSecret: `secret-${merchant.id}` };
  await world.sandbox.call('POST', '/vnpay-invoice/clients', {
    ...secret,
    taxCode: merchant.taxCode,
    merchantId: merchant.id,
  });
  const credential = service.app.get(ProviderCredentials).seal(merchant.providerId, secret);
  const configId = id();
  await world.sql.query(
    `INSERT INTO "InvoiceProvider" (id, merchant_id, name, provider, base_url, tax_code, credential, status, created_at, modified_at)
     VALUES ($1, $2, 'VNPAY', 'VNPAY', $3, $4, $5, '201_ACTIVATED', now(), now())`,
    [merchant.providerId, merchant.id, options.baseUrl ?? world.sandbox.url, merchant.taxCode, credential],
  );
  await world.sql.query(
    `INSERT INTO "InvoiceProviderConfig" (id, merchant_id, invoice_provider_id, name, serial, form, category, issuance_mode,
       retry_metadata, claim_settings, schedule_settings, default_buyer, status, created_at, modified_at)
     VALUES ($1, $2, $3, 'POS', $4, 1, 'POS_VAT', $5, $6, $7, '{"time":"21:00"}', '{"kind":"CONSUMER"}', '201_ACTIVATED', now(), now())`,
    [
      configId,
      merchant.id,
      merchant.providerId,
      merchant.symbol,
      options.mode ?? 'REAL_TIME',
      JSON.stringify({ maxRetryCount: options.retries ?? 3, retryDelayMinutes: [5, 15, 60] }),
      JSON.stringify({ windowMinutes: options.claimWindowMinutes ?? 120 }),
    ],
  );
  await world.sql.query(
    `INSERT INTO "InvoiceConfigMapping" (id, merchant_id, sale_channel_id, invoice_provider_config_id, status, created_at, modified_at)
     VALUES ($1, $2, $3, $4, '201_ACTIVATED', now(), now())`,
    [id(), merchant.id, merchant.channelId, configId],
  );
  if (options.withTaxInfo ?? true) await knowTax(world, merchant);
  return merchant;
}

/** Tax data as a record of commerce would have left it. */
export async function knowTax(world: InvoiceWorld, merchant: Merchant): Promise<void> {
  await world.sql.query(
    `INSERT INTO tax."TaxInfo" (id, principal_type, principal_id, organizer_id, merchant_name, tax_code, full_name, address,
       tax_method, created_at, modified_at)
     VALUES ($1, 'Merchant', $2, $3, 'Shop', $4, 'Công ty Thử', '1 Phố Huế, Hà Nội', 'DEDUCTION', now(), now())`,
    [id(), merchant.id, merchant.organizerId, merchant.taxCode],
  );
}

export interface Order {
  readonly id: string;
  readonly total: number;
  readonly value: Record<string, unknown>;
}

/** A completed order of two lines with tax inside, as sale writes it. */
export function orderOf(merchant: Merchant, change: Record<string, unknown> = {}): Order {
  const orderId = id();
  const items = [
    {
      id: id(),
      itemType: 'PRODUCT',
      name: 'Cà phê sữa',
      unit: 'ly',
      quantity: '2.0000',
      unitPrice: '45000.0000',
      discount: '0.0000',
      tax: '8182.0000',
      taxRate: 10,
      total: '90000.0000',
    },
    {
      id: id(),
      itemType: 'PRODUCT',
      name: 'Bánh mì',
      unit: 'cái',
      quantity: '0.5000',
      unitPrice: '36000.5000',
      discount: '1000.0000',
      tax: '1545.0000',
      taxRate: 10,
      total: '17000.0000',
    },
  ];
  const order = {
    id: orderId,
    number: `SO-${orderId}`,
    status: '303_COMPLETED',
    merchantId: merchant.id,
    organizerId: merchant.organizerId,
    saleChannelId: merchant.channelId,
    currency: 'VND',
    subtotal: '108000.0000',
    discount: '1000.0000',
    tax: '9727.0000',
    total: '107000.0000',
    items,
    ...change,
  };
  const payment = {
    total: '107000.0000',
    paid: '107000.0000',
    currency: 'VND',
    isFullyPaid: true,
    paidAt: paidAt(),
    attempt: { id: id(), uid: id(), provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', amount: '107000.0000' },
  };
  return {
    id: orderId,
    total: 107_000,
    value: { order, payment, actor: { id: 'sale', name: 'sale', type: 'SYSTEM' }, extra: 1 },
  };
}

/** Lets sale say it on Kafka, as often as wanted. */
export async function produce(world: InvoiceWorld, order: Order, times = 1): Promise<void> {
  const made = await world.sandbox.call<{ order: { id: string } }>('POST', '/sale/orders', {
    id: order.id,
    merchantId: 'x',
    items: [{ name: 'x', quantity: 1, unitPrice: 107_000 }],
  });
  for (let n = 0; n < times; n += 1) {
    await world.sandbox.call('POST', `/sale/orders/${made.order.id}/produce`, { value: order.value });
  }
}

export interface StatusRow {
  id: string;
  issuance_status: string;
  invoice_number: string | null;
  total: string;
  retry_count: number;
  findings: string[];
  metadata: Record<string, unknown>;
}

/** The invoice of a sale, as operators ask for it. */
export async function statusOf(world: InvoiceWorld, sourceId: string): Promise<StatusRow | undefined> {
  const { rows } = await world.sql.query<StatusRow>(
    `SELECT id, issuance_status, invoice_number, total, retry_count, findings, metadata FROM "Invoice" WHERE source_id = $1`,
    [sourceId],
  );
  return rows[0];
}

/** Waits until the invoice of a sale has a status. */
export async function untilStatus(
  world: InvoiceWorld,
  sourceId: string,
  status: string,
  timeoutMs = 15_000,
): Promise<StatusRow> {
  return eventually(
    async () => {
      const row = await statusOf(world, sourceId);
      return row?.issuance_status === status ? row : undefined;
    },
    { timeoutMs },
  );
}

/** What the played vendor has issued for a merchant, from its own books. */
export async function issuedAt(world: InvoiceWorld, merchant: Merchant): Promise<VendorInvoice[]> {
  const { data } = await world.sandbox.call<{ data: VendorInvoice[] }>('GET', '/vnpay-invoice/invoices');
  return data.filter((row) => row.taxCode === merchant.taxCode);
}

export interface VendorInvoice {
  readonly taxCode: string;
  readonly requestId: string;
  readonly number: number;
  readonly total: number;
  readonly totalTax: number;
  readonly buyer: Readonly<Record<string, string>>;
  readonly kind: 'original' | 'adjustment' | 'replacement';
  readonly original?: { readonly symbol: string; readonly number: string; readonly date: string };
}
