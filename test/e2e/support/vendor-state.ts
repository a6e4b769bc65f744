import type { Shop } from './world';

/** A payment or an invoice in a vendor's books, with the members of whichever it is. */
interface VendorRow {
  readonly txnId: string;
  readonly qrTrace: string;
  readonly txnRef: string;
  readonly requestId: string;
  readonly status: string;
  readonly amount: number;
  readonly kind: string;
  readonly symbol: string;
  readonly total: number;
  readonly refunds: readonly { readonly amount: number; readonly status: string }[];
}

/** What the outside world did for the order: money taken, money given back, invoices issued. */
export async function vendorState({ till, world }: Shop, orderId: string): Promise<object> {
  const attempts = await world.sql<{ uid: string }>(
    `SELECT a.uid FROM mq_pay."PaymentAttempt" a JOIN mq_pay."Transaction" t ON t.id = a.transaction_id
     WHERE t.source_id = $1`,
    [orderId],
  );
  const uids = new Set(attempts.map(({ uid }) => uid));
  const strays = await world.sql<{ provider_reference: string }>(
    `SELECT s.provider_reference FROM mq_pay."SuspenseItem" s JOIN mq_pay."Transaction" t ON t.id = s.transaction_id
     WHERE t.source_id = $1`,
    [orderId],
  );
  const references = new Set(strays.map((row) => row.provider_reference));
  // Every key that was ever sent, also to a provider that the invoice was taken from.
  const invoices = await world.sql<{ provider_key: string }>(
    `SELECT provider_key FROM invoice."InvoiceIssuance" WHERE source_id = $1 AND provider_key IS NOT NULL`,
    [orderId],
  );
  const keys = new Set(invoices.map((row) => row.provider_key));
  const [qr, gateway, books] = await Promise.all(
    ['/vnpay/qr-mms/payments', '/vnpay/gateway/payments', '/vnpay-invoice/invoices'].map((path) =>
      till.sandbox.get(path).then(({ data }) => data as VendorRow[]),
    ),
  );
  return {
    qr: (qr ?? [])
      .filter(({ txnId, qrTrace }) => uids.has(txnId) || references.has(qrTrace))
      .map(({ status, amount, refunds }) => ({
        status,
        amount,
        refunds: refunds.map((refund) => refund.amount),
      })),
    gateway: (gateway ?? [])
      .filter(({ txnRef }) => uids.has(txnRef))
      .map(({ status, amount, refunds: given }) => ({
        status,
        amount,
        refunds: given.map((one) => [one.amount, one.status]),
      })),
    invoices: (books ?? [])
      .filter(({ requestId }) => keys.has(requestId))
      .map(({ kind, symbol, total }) => [kind, symbol, total]),
  };
}
