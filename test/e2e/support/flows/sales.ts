import type { Checkout } from '../../../../tools/demo/sale.mjs';
import { CASH, GATEWAY } from '../choices';
import { insist } from '../insist';
import type { Shop } from '../world';
import { askNow, cancel, checkout, completed, PATIENT, payAtGateway, rung, settled, type Flow } from './steps';

/** A code on the screen, paid with the bank's app; sale hears of it, the invoice is issued, the bell rings. */
export const qr: Flow = async (shop) => {
  const { till, merchant } = shop;
  const order = await till.order({ channel: merchant.channels.counter });
  const checked = await checkout(shop, order);
  await till.pay(checked, { wait: false });
  await settled(shop, checked);
  await completed(shop, order, checked.transaction.id);
  await till.invoice(order.id, 'SUCCESS', PATIENT);
  await rung(shop, order.id, 'INVOICE_ISSUED');
  return order.id;
};

export const gateway: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const checked = await checkout(shop, order, GATEWAY);
  await payAtGateway(shop, checked);
  await settled(shop, checked);
  await completed(shop, order, checked.transaction.id);
  return order.id;
};

/** The buyer has paid, the vendor's callback is lost, and somebody finds out. */
async function unheard(shop: Shop, findOut: (checked: Checkout) => Promise<unknown>): Promise<string> {
  const order = await shop.till.order();
  const checked = await checkout(shop, order);
  await shop.till.pay(checked, { callback: 'hold', wait: false });
  await findOut(checked);
  await settled(shop, checked);
  await completed(shop, order, checked.transaction.id);
  return order.id;
}

/** A person asks, and the answer settles. */
export const verify: Flow = (shop) =>
  unheard(shop, ({ attempt }) => insist(shop.till.cashier, 'POST', '/payments/verify', { attemptId: attempt.id }));

/** The schedule asks. */
export const ask: Flow = (shop) => unheard(shop, ({ attempt }) => askNow(shop, attempt.id));

export const cancelled: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const { transaction, attempt } = await checkout(shop, order);
  await cancel(shop, { attemptId: attempt.id });
  await checkout(shop, order, { ...CASH, transactionId: transaction.id });
  await cancel(shop, { transactionId: transaction.id });
  await till.orderIn(order.id, '505_CANCELLED', PATIENT);
  return order.id;
};
