import { waitFor } from '../../../../tools/demo/http.mjs';
import type { Checkout } from '../../../../tools/demo/sale.mjs';
import { insist } from '../insist';
import type { Shop } from '../world';
import { checkout, completed, key, operatorOf, PATIENT, settled, type Flow } from './steps';

interface Stray {
  readonly payment: { readonly qrTrace: string };
}

/** Money for a reference that is none of ours waits in suspense; the vendor tells again where nobody listened. */
async function strayMoney({ till, merchant, world }: Shop, txnId: string, amount: number): Promise<string> {
  const { payment } = await till.sandbox.post<Stray>('/vnpay/qr-mms/buyers/pay', {
    withoutQr: true,
    merchantCode: merchant.qr.merchantCode,
    txnId,
    amount,
    wait: false,
  });
  return waitFor(
    `stray money ${payment.qrTrace} in suspense`,
    async (note) => {
      const [item] = await world.sql<{ id: string }>(
        'SELECT id FROM mq_pay."SuspenseItem" WHERE provider_reference = $1',
        [payment.qrTrace],
      );
      if (item !== undefined) return item.id;
      note(await till.sandbox.post('/vnpay/qr-mms/buyers/callback', { qrTrace: payment.qrTrace }));
      return undefined;
    },
    { ...PATIENT, everyMs: 2000 },
  );
}

/** The buyer's money names another reference: an operator finds out for which sale it was meant, and accepts it. */
export const matched: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const { attempt, transaction } = await checkout(shop, order);
  const item = await strayMoney(shop, `PRINTED${order.number}`, order.total);
  const path = `/operations/suspense/${item}`;
  const evidence = { source: 'call of the buyer, ticket 8812' };
  const match = { attemptId: attempt.id, evidence };
  await insist(await operatorOf(shop), 'POST', `${path}/match`, match, key());
  await insist(await operatorOf(shop), 'POST', `${path}/accept`, { reason: 'the buyer paid this sale' }, key());
  await completed(shop, order, transaction.id);
  return order.id;
};

/** A code on the screen, paid and heard of by everybody. */
async function paidByQr(shop: Shop, order: Parameters<typeof checkout>[1]): Promise<Checkout> {
  const checked = await checkout(shop, order);
  await shop.till.pay(checked, { wait: false });
  await settled(shop, checked);
  await completed(shop, order, checked.transaction.id);
  return checked;
}

/** The provider takes a payment back, and an operator books it from the provider's report. */
export const reversed: Flow = async (shop) => {
  const { till, world } = shop;
  const order = await till.order();
  const { attempt, transaction } = await paidByQr(shop, order);
  const [paid] = await world.sql<{ provider_reference: string }>(
    'SELECT provider_reference FROM mq_pay."PaymentAttempt" WHERE id = $1',
    [attempt.id],
  );
  const evidence = { source: 'settlement report', reference: paid?.provider_reference };
  const path = `/operations/transactions/${transaction.id}/reverse`;
  await insist(await operatorOf(shop), 'POST', path, { evidence }, key());
  return order.id;
};

interface Case {
  readonly id: string;
}

/** The buyer contests a payment twice: one claim is fought and won, the other one lost. */
export const contested: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const { transaction } = await paidByQr(shop, order);
  const path = `/transactions/${transaction.id}/chargebacks`;
  const open = (number: number, amount: number): Promise<Case> => {
    const body = { chargebackReference: `CB-${order.id}-${number}`, amount, reason: 'goods not received' };
    return insist<Case>(till.owner, 'POST', path, body, key());
  };
  const first = await open(1, 40_000);
  const proof = { evidence: 'delivery note 4711, signed by the buyer' };
  await insist(till.owner, 'POST', `${path}/${first.id}/submit`, proof, key());
  const decided = { evidence: 'letter of the bank' };
  await insist(await operatorOf(shop), 'POST', `${path}/${first.id}/won`, decided, key());
  const second = await open(2, 30_000);
  await insist(await operatorOf(shop), 'POST', `${path}/${second.id}/lost`, decided, key());
  return order.id;
};
