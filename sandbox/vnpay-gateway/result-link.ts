import type { Drawn } from '../faults/faults';
import { answerCode, callMerchant } from '../shared/call-merchant';
import { compactTime } from '../shared/vietnam-time';
import { signedQuery, type Members } from './hashes';
import type { GatewayPayment, GatewayTerminal, IpnTry } from './model';

/** These say that the merchant knows; anything else is tried again. */
const FINAL = new Set(['00', '02']);

/** What the return link and the IPN tell of a payment; a declined one has no bank's number. */
function resultMembers(payment: GatewayPayment, amount: number): Members {
  return {
    vnp_Amount: String(amount),
    vnp_BankCode: payment.bankCode,
    ...(payment.status === '00' ? { vnp_BankTranNo: `VNP${payment.transactionNo}` } : {}),
    vnp_CardType: payment.cardType,
    vnp_OrderInfo: payment.orderInfo,
    vnp_PayDate: compactTime(payment.paidAt),
    vnp_ResponseCode: payment.responseCode,
    vnp_TmnCode: payment.tmnCode,
    vnp_TransactionNo: payment.transactionNo,
    vnp_TransactionStatus: payment.status,
    vnp_TxnRef: payment.txnRef,
  };
}

/** The query string that tells of a payment. `forged` signs with a key that the terminal never had. */
export function resultQuery(payment: GatewayPayment, terminal: GatewayTerminal, drawn: Drawn, forged = false): string {
  const bad = forged || drawn.find('bad-signature') !== undefined;
  const amount = payment.amount + 100 * (drawn.find('wrong-amount')?.amountDelta ?? 0);
  return signedQuery(resultMembers(payment, amount), bad ? 'a key that nobody gave out' : terminal.hashSecret);
}

/** `url` with the query added to what it has. */
export function withQuery(url: string, query: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

/** One GET; never throws. */
export async function callIpn(url: string, query: string, forged: boolean, timeoutMs: number): Promise<IpnTry> {
  return { at: Date.now(), forged, ...(await callMerchant(withQuery(url, query), timeoutMs)) };
}

export function isFinal(attempt: IpnTry): boolean {
  return FINAL.has(answerCode(attempt, 'RspCode') ?? '');
}
