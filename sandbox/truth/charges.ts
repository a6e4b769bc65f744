import type { Sandbox } from '../sandbox';

/** Money that a buyer's bank has taken by any provider, or a try in which it took none. */
export interface Charge {
  readonly provider: 'VNPAY_QR_MMS' | 'VNPAY_GATEWAY';
  /** The provider's own number: qrTrace, TransactionNo. */
  readonly reference: string;
  /** The reference that the merchant gave. */
  readonly txnId: string;
  /** Whom the provider knows: merchantCode, TmnCode. */
  readonly payee: string;
  readonly merchantId: string | undefined;
  /** đồng. */
  readonly amount: number;
  readonly paid: boolean;
}

/** What all providers of the sandbox took. A suspected fraud (07) is debited, but nobody has decided about it. */
export function charges(sandbox: Sandbox): Charge[] {
  const codes = new Map(sandbox.qrMms.allMerchants().map(({ merchantCode, merchantId }) => [merchantCode, merchantId]));
  const terminals = new Map(sandbox.gateway.allTerminals().map(({ tmnCode, merchantId }) => [tmnCode, merchantId]));
  return [
    ...sandbox.qrMms.allPayments().map((row): Charge => ({
      provider: 'VNPAY_QR_MMS',
      reference: row.qrTrace,
      txnId: row.txnId,
      payee: row.merchantCode,
      merchantId: codes.get(row.merchantCode),
      amount: row.amount,
      paid: row.status === 'PAID',
    })),
    ...sandbox.gateway.allPayments().map((row): Charge => ({
      provider: 'VNPAY_GATEWAY',
      reference: row.transactionNo,
      txnId: row.txnRef,
      payee: row.tmnCode,
      merchantId: terminals.get(row.tmnCode),
      amount: row.amount / 100,
      paid: row.status === '00',
    })),
  ];
}
