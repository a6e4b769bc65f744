import { Api, waitFor } from '../../../../tools/demo/http.mjs';
import type { Channel } from '../../../../tools/demo/merchant.mjs';
import type { Order } from '../../../../tools/demo/sale.mjs';
import { CASH, COMPANY } from '../choices';
import { insist } from '../insist';
import { seriesOf, type InvoiceSeries } from '../invoice-series';
import type { Shop } from '../world';
import { checkout, completed, key, PATIENT, receive, rung, type Flow } from './steps';

interface Claimable {
  readonly claim: { readonly url: string };
}

interface Correction {
  readonly id: string;
}

/** Cash at the counter; the invoice of the sale follows the channel's rule. */
async function soldInCash(shop: Shop, channel: Channel): Promise<Order> {
  const { till } = shop;
  const order = await till.order({ channel });
  const { attempt, transaction } = await checkout(shop, order, CASH);
  await receive(shop, attempt, order.total);
  await completed(shop, order, transaction.id);
  return order;
}

/** One invoice, a correction too, stands in this status. Read from the rows: nobody has to answer meanwhile. */
const comesTo = ({ world }: Shop, id: string, status: string): Promise<unknown> =>
  waitFor(
    `invoice ${id} in ${status}`,
    async (note) => {
      const [row] = await world.sql<{ issuance_status: string }>(
        'SELECT issuance_status FROM invoice."Invoice" WHERE id = $1',
        [id],
      );
      note(row);
      return row?.issuance_status === status;
    },
    PATIENT,
  );

/** A buyer claims the invoice from the receipt. */
export const claim: Flow = async (shop) => {
  const { till, merchant } = shop;
  const order = await soldInCash(shop, merchant.channels.receipt);
  const pending = await till.invoice(order.id, 'PENDING', PATIENT);
  const { claim: receipt } = await insist<Claimable>(till.invoices, 'GET', `/invoices/${pending.id}`);
  await insist(new Api(receipt.url), 'POST', '', COMPANY);
  await till.invoice(order.id, 'SUCCESS', PATIENT);
  await rung(shop, order.id, 'INVOICE_ISSUED');
  return order.id;
};

/** Nobody claims: time goes by, the window closes, and the invoice goes to the default buyer. */
export const unclaimed: Flow = async (shop) => {
  const { till, merchant, world } = shop;
  const order = await soldInCash(shop, merchant.channels.receipt);
  const { id } = await till.invoice(order.id, 'PENDING', PATIENT);
  await world.sql(
    `UPDATE invoice."InvoiceRequest" SET claim_deadline = now() WHERE invoice_id = $1 AND claim_state = 'PENDING'`,
    [id],
  );
  await till.invoice(order.id, 'SUCCESS', PATIENT);
  await rung(shop, order.id, 'INVOICE_ISSUED');
  return order.id;
};

/** An invoice is issued, and a correction of it. */
async function corrected(shop: Shop, how: 'adjust' | 'replace', body: object): Promise<string> {
  const { till, merchant } = shop;
  const order = await soldInCash(shop, merchant.channels.counter);
  const { id } = await till.invoice(order.id, 'SUCCESS', PATIENT);
  const made = await insist<Correction>(till.invoices, 'POST', `/invoices/${id}/${how}`, body, key());
  await comesTo(shop, made.id, 'SUCCESS');
  await rung(shop, made.id, 'INVOICE_ISSUED');
  return order.id;
}

/** One cup of two comes back: the invoice is adjusted by it. */
export const adjusted: Flow = (shop) =>
  corrected(shop, 'adjust', {
    cause: 'GOODS_RETURNED',
    reason: 'Khách trả 1 ly',
    lines: [{ ordinal: 1, quantity: '1' }],
  });

/** The buyer wants the invoice on the company: another one takes its place. */
export const replaced: Flow = (shop) =>
  corrected(shop, 'replace', { cause: 'LATE_BUYER_DATA', reason: 'Khách lấy hóa đơn công ty', buyer: COMPANY });

/** The first provider refuses whatever it is sent of an invoice, as long as `run` lasts. */
async function refusing<T>({ till }: Shop, invoiceId: string, run: () => Promise<T>): Promise<T> {
  const { fault } = await till.sandbox.post('/faults', {
    kind: 'refuse',
    target: 'vnpay-invoice.issue',
    code: 'SYMBOL_NOT_REGISTERED',
    match: invoiceId,
  });
  try {
    return await run();
  } finally {
    await till.sandbox.call('DELETE', `/faults/${fault.id}`);
  }
}

/** A person has an invoice issued, its provider refuses it, and the person hands it to another provider. */
export const failedOver: Flow = async (shop) => {
  const { till } = shop;
  const series: InvoiceSeries = await seriesOf(shop);
  const order = await soldInCash(shop, series.byHand);
  const { id } = await till.invoice(order.id, 'PENDING', PATIENT);
  await refusing(shop, id, async () => {
    await insist(till.invoices, 'POST', `/invoices/${id}/issue`, {}, key());
    await comesTo(shop, id, 'FAILED');
  });
  const body = { invoiceProviderConfigId: series.elsewhere, reason: 'Nhà cung cấp từ chối' };
  await insist(till.invoices, 'POST', `/invoices/${id}/failover`, body, key());
  await comesTo(shop, id, 'SUCCESS');
  await rung(shop, order.id, 'INVOICE_ISSUED');
  return order.id;
};
