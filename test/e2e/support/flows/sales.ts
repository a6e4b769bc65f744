import { insist } from '../insist';
import { askNow, cancel, CASH, checkout, GATEWAY, PATIENT, payAtGateway, rung, settled, type Flow } from './steps';

/** A code on the screen, paid with the bank's app; sale hears of it, the invoice is issued, the bell rings. */
export const qr: Flow = async (shop) => {
  const { till, merchant } = shop;
  const order = await till.order({ channel: merchant.channels.counter });
  const checked = await checkout(shop, order);
  await till.pay(checked, { wait: false });
  await settled(shop, checked);
  await till.orderIn(order.id, '303_COMPLETED', PATIENT);
  await till.invoice(order.id, 'SUCCESS', PATIENT);
  await rung(shop, checked.transaction.id, 'PAYMENT_SUCCESS');
  await rung(shop, order.id, 'INVOICE_ISSUED');
  return order.id;
};

export const gateway: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const checked = await checkout(shop, order, GATEWAY);
  await payAtGateway(shop, checked);
  await settled(shop, checked);
  await till.orderIn(order.id, '303_COMPLETED', PATIENT);
  await rung(shop, checked.transaction.id, 'PAYMENT_SUCCESS');
  return order.id;
};

/** The vendor's callback is lost: a person asks, and the answer settles. */
export const verify: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const checked = await checkout(shop, order);
  await till.pay(checked, { callback: 'hold', wait: false });
  await insist(till.cashier, 'POST', '/payments/verify', { attemptId: checked.attempt.id });
  await settled(shop, checked);
  await till.orderIn(order.id, '303_COMPLETED', PATIENT);
  await rung(shop, checked.transaction.id, 'PAYMENT_SUCCESS');
  return order.id;
};

/** The vendor's callback is lost: the schedule asks. */
export const ask: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const checked = await checkout(shop, order);
  await till.pay(checked, { callback: 'hold', wait: false });
  await askNow(shop, checked.attempt.id);
  await settled(shop, checked);
  await till.orderIn(order.id, '303_COMPLETED', PATIENT);
  await rung(shop, checked.transaction.id, 'PAYMENT_SUCCESS');
  return order.id;
};

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
