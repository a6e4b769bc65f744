import { randomUUID } from 'node:crypto';
import { Api, waitFor } from '../../../../tools/demo/http.mjs';
import type { Checkout, CheckoutOptions, Order } from '../../../../tools/demo/sale.mjs';
import { insist } from '../insist';
import { PATIENCE_MS } from '../patience';
import type { Shop } from '../world';

/**
 * A way of money through the whole system, driven by callers who repeat what was not answered. Returns the order when
 * the last thing that it causes has been seen, whatever dies meanwhile.
 */
export type Flow = (shop: Shop) => Promise<string>;

export const PATIENT = { timeoutMs: PATIENCE_MS, everyMs: 300 };

export const key = (): Record<string, string> => ({ 'idempotency-key': randomUUID() });

export const checkout = ({ till }: Shop, order: Order, options: CheckoutOptions = {}): Promise<Checkout> =>
  insist(till.cashier, 'POST', '/payments/checkout', till.checkoutBody(order, options), key());

export const receive = ({ till }: Shop, attempt: { id: string }, tendered: number): Promise<unknown> =>
  insist(till.cashier, 'POST', '/payments/system/ipn', { attempt: { id: attempt.id }, tendered }, key());

export const cancel = ({ till }: Shop, what: object): Promise<unknown> =>
  insist(till.cashier, 'POST', '/payments/cancel', { ...what, reason: 'the buyer left' }, key());

/** Time goes by: what is due in the schedule of an attempt's questions is due now. */
export const askNow = ({ world }: Shop, attemptId: string): Promise<object[]> =>
  world.sql(`UPDATE mq_pay."PaymentAttempt" SET next_query_at = now() WHERE id = $1 AND next_query_at IS NOT NULL`, [
    attemptId,
  ]);

/** The vendor calls back while somebody listens, and a callback that nobody heard is made good by a question. */
export async function settled(shop: Shop, { transaction, attempt }: Checkout, status = '304_SETTLED'): Promise<void> {
  await waitFor(
    `transaction ${transaction.id} in ${status}`,
    async (note) => {
      const [row] = await shop.world.sql<{ status: string }>('SELECT status FROM mq_pay."Transaction" WHERE id = $1', [
        transaction.id,
      ]);
      note(row);
      return row?.status === status;
    },
    { ...PATIENT, timeoutMs: 4000 },
  ).catch(async () => {
    await askNow(shop, attempt.id);
    await shop.till.transaction(transaction.id, status, PATIENT);
  });
}

export const payAtGateway = ({ till }: Shop, { payment }: Checkout): Promise<unknown> =>
  till.sandbox.post('/vnpay/gateway/buyers/pay', { payUrl: payment.payUrl, ending: 'paid' });

/** Somebody's bell rang over this transaction or order. */
export const rung = ({ world }: Shop, about: string, type: string): Promise<unknown> =>
  waitFor(
    `notification ${type} about ${about}`,
    async () => {
      const rows = await world.sql(
        'SELECT id FROM signal."ActivityNotification" WHERE type = $1 AND strpos(data::text, $2) > 0',
        [type, about],
      );
      return rows.length > 0;
    },
    PATIENT,
  );

/** An operator's hands on payment, with a token of now. */
export async function operatorOf({ till }: Shop): Promise<Api> {
  const { token } = await till.sandbox.post('/identity/tokens', { persona: 'operator' });
  return new Api(till.urls.payment, { token });
}

/** A sale that was paid ends: sale has completed the order, and the bell rang. */
export async function completed(shop: Shop, order: Order, transactionId: string): Promise<void> {
  await shop.till.orderIn(order.id, '303_COMPLETED', PATIENT);
  await rung(shop, transactionId, 'PAYMENT_SUCCESS');
}
