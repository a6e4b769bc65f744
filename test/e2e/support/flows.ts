import { randomUUID } from 'node:crypto';
import { Api, waitFor } from '../../../tools/demo/http.mjs';
import type { Checkout, CheckoutOptions, Order } from '../../../tools/demo/sale.mjs';
import { insist } from './insist';
import { PATIENCE_MS } from './patience';
import type { Shop } from './world';

/**
 * A way of money through the whole system, driven by callers who repeat what was not answered. Returns the order when
 * the last thing that it causes has been seen, whatever dies meanwhile.
 */
export type Flow = (shop: Shop) => Promise<string>;

const CASH = { provider: 'SYSTEM', method: '000_CASH' };
const GATEWAY = { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY' };
const COMPANY = {
  kind: 'COMPANY',
  taxCode: '0100233488',
  legalName: 'Công ty Cổ phần Người Mua',
  address: '2 Lý Thường Kiệt, Hà Nội',
};
const PATIENT = { timeoutMs: PATIENCE_MS, everyMs: 300 };

const key = (): Record<string, string> => ({ 'idempotency-key': randomUUID() });

const checkout = ({ till }: Shop, order: Order, options: CheckoutOptions = {}): Promise<Checkout> =>
  insist(till.cashier, 'POST', '/payments/checkout', till.checkoutBody(order, options), key());

const receive = ({ till }: Shop, attempt: { id: string }, tendered: number): Promise<unknown> =>
  insist(till.cashier, 'POST', '/payments/system/ipn', { attempt: { id: attempt.id }, tendered }, key());

const cancel = ({ till }: Shop, what: object): Promise<unknown> =>
  insist(till.cashier, 'POST', '/payments/cancel', { ...what, reason: 'the buyer left' }, key());

/** Time goes by: what is due in the schedule of an attempt's questions is due now. */
const askNow = ({ world }: Shop, attemptId: string): Promise<object[]> =>
  world.sql(`UPDATE mq_pay."PaymentAttempt" SET next_query_at = now() WHERE id = $1 AND next_query_at IS NOT NULL`, [
    attemptId,
  ]);

/** The vendor calls back while somebody listens, and a callback that nobody heard is made good by a question. */
async function settled(shop: Shop, { transaction, attempt }: Checkout, status = '304_SETTLED'): Promise<void> {
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

/** A code on the screen, paid with the bank's app; sale hears of it, the invoice is issued, the bell rings. */
const qr: Flow = async (shop) => {
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

interface Claimable {
  readonly claim: { readonly url: string };
}

/** Cash at the counter, and a buyer who claims the invoice from the receipt. */
const claim: Flow = async (shop) => {
  const { till, merchant } = shop;
  const order = await till.order({ channel: merchant.channels.receipt });
  const { attempt, transaction } = await checkout(shop, order, CASH);
  await receive(shop, attempt, order.total);
  await till.orderIn(order.id, '303_COMPLETED', PATIENT);
  const pending = await till.invoice(order.id, 'PENDING', PATIENT);
  const { claim: receipt } = await insist<Claimable>(till.invoices, 'GET', `/invoices/${pending.id}`);
  await insist(new Api(receipt.url), 'POST', '', COMPANY);
  await till.invoice(order.id, 'SUCCESS', PATIENT);
  await rung(shop, transaction.id, 'PAYMENT_SUCCESS');
  await rung(shop, order.id, 'INVOICE_ISSUED');
  return order.id;
};

const gateway: Flow = async (shop) => {
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
const verify: Flow = async (shop) => {
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
const ask: Flow = async (shop) => {
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

const cancelled: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const { transaction, attempt } = await checkout(shop, order);
  await cancel(shop, { attemptId: attempt.id });
  await checkout(shop, order, { ...CASH, transactionId: transaction.id });
  await cancel(shop, { transactionId: transaction.id });
  await till.orderIn(order.id, '505_CANCELLED', PATIENT);
  return order.id;
};

const payAtGateway = ({ till }: Shop, { payment }: Checkout): Promise<unknown> =>
  till.sandbox.post('/vnpay/gateway/buyers/pay', { payUrl: payment.payUrl, ending: 'paid' });

interface LostTry {
  readonly id: string;
  readonly provider: 'VNPAY_QR_MMS' | 'VNPAY_GATEWAY';
  /** The number that a QR refund goes by; the gateway knows refunds by numbers of its own. */
  readonly refund_reference: string;
  readonly amount: string;
  /** Uid of the payment that it gives back. */
  readonly paid: string;
}

interface QrReport {
  readonly data: readonly { readonly txnId: string; readonly refunds: readonly { readonly refundTxnId: string }[] }[];
}

interface GatewayReport {
  readonly data: readonly {
    readonly txnRef: string;
    readonly status: string;
    readonly refunds: readonly { readonly amount: number; readonly status: string; readonly transactionNo: string }[];
  }[];
}

interface Refunds {
  readonly data: readonly { readonly id: string; readonly status: string; readonly attempts: unknown }[];
}

/** What stands of a refund in its provider's own report: the provider's reference, undefined where nothing was given. */
async function inReport({ till }: Shop, lost: LostTry): Promise<string | undefined> {
  if (lost.provider === 'VNPAY_QR_MMS') {
    const { data } = await till.sandbox.get<QrReport>('/vnpay/qr-mms/payments');
    const refunds = data.find(({ txnId }) => txnId === lost.paid)?.refunds ?? [];
    return refunds.find(({ refundTxnId }) => refundTxnId === lost.refund_reference)?.refundTxnId;
  }
  const { data } = await till.sandbox.get<GatewayReport>('/vnpay/gateway/payments');
  const refunds = data.find(({ txnRef, status }) => txnRef === lost.paid && status === '00')?.refunds ?? [];
  return refunds.find(({ amount, status }) => amount === Number(lost.amount) * 100 && status !== '09')?.transactionNo;
}

/**
 * Whoever died while he gave money back, or heard no answer, left an outcome that the provider is asked about no more:
 * a person reads the provider's report and says what stands in it.
 */
async function reported(shop: Shop, transactionId: string): Promise<void> {
  const { till, world } = shop;
  const tries = await world.sql<LostTry>(
    `SELECT a.id, a.provider, a.refund_reference, a.amount::text AS amount, p.uid AS paid
     FROM mq_pay."PaymentAttempt" a JOIN mq_pay."PaymentAttempt" p ON p.id = a.parent_id
     WHERE a.transaction_id = $1 AND a.type = '300_REFUND' AND a.status = '000_UNKNOWN' AND a.next_query_at IS NULL`,
    [transactionId],
  );
  if (tries.length === 0) return;
  const { token } = await till.sandbox.post('/identity/tokens', { persona: 'operator' });
  const operator = new Api(till.urls.payment, { token });
  for (const lost of tries) {
    const reference = await inReport(shop, lost);
    const evidence = reference === undefined ? { description: 'not in the report' } : { reference };
    await insist(operator, 'POST', `/operations/transactions/${transactionId}/resolve`, {
      attemptId: lost.id,
      status: reference === undefined ? 'failed' : 'completed',
      evidence: { source: 'report of the provider', ...evidence },
    });
  }
}

/**
 * Sees refunds to their end. Time goes by for those whose outcome is open, but not while a call may still be answered
 * (who died in one never writes its end); and a person tries again what the provider proved never to have been asked for.
 */
async function givenBack(shop: Shop, transactionId: string, count: number): Promise<void> {
  const { till, world } = shop;
  const path = `/transactions/${transactionId}/refunds`;
  await waitFor(
    `${count} refunds of ${transactionId}`,
    async (note) => {
      const { data } = await till.owner.get<Refunds>(path);
      note(data.map(({ status, attempts }) => ({ status, attempts })));
      if (data.length === count && data.every(({ status }) => status === 'SUCCEEDED')) return true;
      await world.sql(
        `UPDATE mq_pay."PaymentAttempt" a SET next_query_at = now()
         WHERE transaction_id = $1 AND type = '300_REFUND' AND next_query_at > now() AND NOT EXISTS (
           SELECT 1 FROM mq_pay."ProviderOperation" o WHERE o.attempt_id = a.id AND o.kind = 'REFUND'
             AND o.finished_at IS NULL AND o.started_at > now() - interval '4 seconds')`,
        [transactionId],
      );
      await reported(shop, transactionId);
      for (const { id, status } of data)
        if (status === 'FAILED') await insist(till.owner, 'POST', `${path}/${id}/retry`, {}, key());
      return false;
    },
    { ...PATIENT, everyMs: 1000 },
  );
}

/** A part goes back through the provider, and a part in cash. */
const refund: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const checked = await checkout(shop, order, { ...GATEWAY, amount: 70_000 });
  const { transaction } = checked;
  await payAtGateway(shop, checked);
  await settled(shop, checked, '300_PARTIAL');
  const rest = await checkout(shop, order, { ...CASH, transactionId: transaction.id });
  await receive(shop, rest.attempt, rest.attempt.amount);
  const give = (attemptId: string, amount: number, clientReference: string): Promise<unknown> => {
    const body = { attemptId, amount, reason: 'Trả hàng', clientReference };
    return insist(till.owner, 'POST', `/transactions/${transaction.id}/refunds`, body, key());
  };
  await give(checked.attempt.id, 30_000, 'part');
  await give(rest.attempt.id, 10_000, 'cash');
  await givenBack(shop, transaction.id, 2);
  await till.orderIn(order.id, '303_COMPLETED', PATIENT);
  await rung(shop, transaction.id, 'PAYMENT_SUCCESS');
  return order.id;
};

/** A part goes back through the QR's own provider, which cannot be asked what became of it. */
const refundQr: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const checked = await checkout(shop, order);
  await till.pay(checked, { wait: false });
  await settled(shop, checked);
  const body = { amount: 30_000, reason: 'Trả hàng', clientReference: 'part' };
  await insist(till.owner, 'POST', `/transactions/${checked.transaction.id}/refunds`, body, key());
  await givenBack(shop, checked.transaction.id, 1);
  await till.orderIn(order.id, '303_COMPLETED', PATIENT);
  await rung(shop, checked.transaction.id, 'PAYMENT_SUCCESS');
  return order.id;
};

/** The money is heard of by the callback, or by a question where nobody listened as long as the vendor called. */
async function setAside(shop: Shop, attemptId: string): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const items = await shop.world.sql('SELECT id FROM mq_pay."SuspenseItem" WHERE attempt_id = $1', [attemptId]);
    return items.length > 0;
  };
  const what = `money of ${attemptId} in suspense`;
  await waitFor(what, isThere, { ...PATIENT, timeoutMs: 4000 }).catch(async () => {
    await askNow(shop, attemptId);
    await waitFor(what, isThere, PATIENT);
  });
}

/** Money for a sale that was cancelled: it waits in suspense and goes back by itself. */
const tooLate: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const checked = await checkout(shop, order, GATEWAY);
  await cancel(shop, { transactionId: checked.transaction.id });
  await payAtGateway(shop, checked);
  await setAside(shop, checked.attempt.id);
  await givenBack(shop, checked.transaction.id, 1);
  await till.orderIn(order.id, '505_CANCELLED', PATIENT);
  return order.id;
};

/** Somebody's bell rang over this transaction or order. */
const rung = ({ world }: Shop, about: string, type: string): Promise<unknown> =>
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

export const FLOWS: Readonly<Record<string, Flow>> = {
  qr,
  claim,
  gateway,
  verify,
  ask,
  cancelled,
  refund,
  refundQr,
  tooLate,
};
