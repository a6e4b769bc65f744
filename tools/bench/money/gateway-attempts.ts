import { createHmac } from 'node:crypto';
import { PAYMENT_PATH, type PaymentSite } from './payment-site';

const TOTAL = 120_000;

/** Our reference of the attempt with this number. */
const uidOf = (number: number): string => `ATT${number.toString().padStart(12, '0')}`;

/** A signed callback as the gateway sends it: sorted names, values encoded as a form, SHA-512 over that text. */
export function callbackPath({ merchant, secrets }: PaymentSite, number: number, uid = uidOf(number)): string {
  const values: Record<string, string> = {
    vnp_Amount: String(TOTAL * 100),
    vnp_BankCode: 'NCB',
    vnp_BankTranNo: `VNP${14_000_000 + number}`,
    vnp_CardType: 'ATM',
    vnp_OrderInfo: 'Thanh+toan+don+hang',
    vnp_PayDate: vietnamTime(Date.now()),
    vnp_ResponseCode: '00',
    vnp_TmnCode: merchant.gateway.tmnCode,
    vnp_TransactionNo: String(14_000_000 + number),
    vnp_TransactionStatus: '00',
    vnp_TxnRef: uid,
  };
  const signed = Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const hash = createHmac('sha512', secrets.gateway).update(signed).digest('hex');
  return `${PAYMENT_PATH}/vnpay/gateway/ipn?${signed}&vnp_SecureHash=${hash}`;
}

const vietnamTime = (ms: number): string =>
  new Date(ms + 7 * 3_600_000).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '');

/** The transaction of the attempt with this number. */
export const transactionOf = (number: number): string => `T-${number}`;

/** Copies one checkout of the gateway: the measurement is of callbacks, and each needs an attempt that waits for it. */
export async function writeAttempts({ admin, api, cashier, prefix }: PaymentSite, count: number): Promise<void> {
  const response = await fetch(`${api.baseUrl}/payments/checkout`, {
    method: 'POST',
    headers: cashier,
    body: JSON.stringify({
      source: { type: 'SaleOrder', id: `${prefix}-ipn`, uid: 'SO-IPN' },
      payment: { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY', total: TOTAL, currency: 'VND' },
      expiration: { mode: 'duration', milliseconds: 86_400_000 },
    }),
  });
  const answer = (await response.json()) as { transaction?: { id: string }; detail?: string };
  if (answer.transaction === undefined)
    throw new Error(`the checkout was refused: ${answer.detail ?? response.status}`);
  const copies = `FROM "%" one, generate_series(1, $2::int) n WHERE one.`;
  await admin.query(
    `INSERT INTO "Transaction" SELECT (jsonb_populate_record(one, jsonb_build_object(
       'id', 'T-' || n, 'uid', 'TXN-' || n, 'source_id', 'S-' || n))).* ${copies.replace('%', 'Transaction')}id = $1`,
    [answer.transaction.id, count],
  );
  await admin.query(
    `INSERT INTO "PaymentAttempt" SELECT (jsonb_populate_record(one, jsonb_build_object(
       'id', 'A-' || n, 'uid', 'ATT' || lpad(n::text, 12, '0'), 'transaction_id', 'T-' || n))).*
     ${copies.replace('%', 'PaymentAttempt')}transaction_id = $1`,
    [answer.transaction.id, count],
  );
  await admin.query('ANALYZE "Transaction", "PaymentAttempt"');
}
