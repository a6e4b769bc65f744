import { ProviderCredentials } from '../src/providers/provider-credentials';
import type { InvoiceWorld, RunningInvoice } from './invoice-service.fixture';
import type { Merchant } from './sale.fixture';

/** A second account of the merchant with a series of its own. Gives the id of its configuration. */
export async function secondProvider(
  world: InvoiceWorld,
  service: RunningInvoice,
  merchant: Merchant,
  serial: string,
): Promise<string> {
  const providerId = `${merchant.id}b`;
  const secret = { clientId: providerId, clientSecret: `secret-${providerId}` };
  const client = { ...secret, taxCode: merchant.taxCode, merchantId: merchant.id };
  await world.sandbox.call('POST', '/vnpay-invoice/clients', client);
  const credential = service.app.get(ProviderCredentials).seal(providerId, secret);
  await world.sql.query(
    `INSERT INTO "InvoiceProvider" (id, merchant_id, name, provider, base_url, tax_code, credential, status, created_at, modified_at)
     VALUES ($1, $2, 'second', 'VNPAY', $3, $4, $5, '201_ACTIVATED', now(), now())`,
    [providerId, merchant.id, world.sandbox.url, merchant.taxCode, credential],
  );
  const configId = `${merchant.id}c`;
  await world.sql.query(
    `INSERT INTO "InvoiceProviderConfig" (id, merchant_id, invoice_provider_id, name, serial, form, category, issuance_mode,
       retry_metadata, claim_settings, schedule_settings, default_buyer, status, created_at, modified_at)
     SELECT $1, merchant_id, $2, 'second', $3, form, category, issuance_mode, retry_metadata, claim_settings,
       schedule_settings, default_buyer, status, now(), now() FROM "InvoiceProviderConfig" WHERE merchant_id = $4`,
    [configId, providerId, serial, merchant.id],
  );
  return configId;
}
