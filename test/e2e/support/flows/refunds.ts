import { waitFor } from '../../../../tools/demo/http.mjs';
import { CASH, GATEWAY } from '../choices';
import { insist } from '../insist';
import type { Shop } from '../world';
import {
  askNow,
  cancel,
  checkout,
  completed,
  key,
  operatorOf,
  PATIENT,
  payAtGateway,
  receive,
  settled,
  type Flow,
} from './steps';

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
  const { world } = shop;
  const tries = await world.sql<LostTry>(
    `SELECT a.id, a.provider, a.refund_reference, a.amount::text AS amount, p.uid AS paid
     FROM mq_pay."PaymentAttempt" a JOIN mq_pay."PaymentAttempt" p ON p.id = a.parent_id
     WHERE a.transaction_id = $1 AND a.type = '300_REFUND' AND a.status = '000_UNKNOWN' AND a.next_query_at IS NULL`,
    [transactionId],
  );
  if (tries.length === 0) return;
  const operator = await operatorOf(shop);
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
export const refund: Flow = async (shop) => {
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
  await completed(shop, order, transaction.id);
  return order.id;
};

/** A part goes back through the QR's own provider, which cannot be asked what became of it. */
export const refundQr: Flow = async (shop) => {
  const { till } = shop;
  const order = await till.order();
  const checked = await checkout(shop, order);
  await till.pay(checked, { wait: false });
  await settled(shop, checked);
  const body = { amount: 30_000, reason: 'Trả hàng', clientReference: 'part' };
  await insist(till.owner, 'POST', `/transactions/${checked.transaction.id}/refunds`, body, key());
  await givenBack(shop, checked.transaction.id, 1);
  await completed(shop, order, checked.transaction.id);
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
export const tooLate: Flow = async (shop) => {
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
