import type { Drawn } from '../faults/faults';
import { compactTime } from '../shared/vietnam-time';
import { callbackChecksum } from './checksums';
import type { CallbackTry, QrMerchant, QrPayment } from './model';

/** These say that the merchant knows; anything else is tried again. */
const FINAL = new Set(['00', '03']);

/** The callback's body. `forged` signs with a key that the merchant never had. */
export function callbackBody(
  payment: QrPayment,
  merchant: QrMerchant,
  drawn: Drawn,
  forged: boolean,
): Record<string, unknown> {
  const amount = String(payment.amount + (drawn.find('wrong-amount')?.amountDelta ?? 0));
  const body = {
    code: payment.code,
    message: payment.message,
    msgType: '1',
    txnId: payment.txnId,
    qrTrace: payment.qrTrace,
    bankCode: payment.bankCode,
    mobile: payment.mobile,
    accountNo: payment.accountNo,
    amount,
    payDate: compactTime(payment.paidAt),
    masterMerCode: payment.masterMerCode,
    merchantCode: payment.merchantCode,
    terminalId: payment.terminalId,
    addData: [
      {
        merchantType: payment.merchantType,
        serviceCode: '03',
        masterMerCode: payment.masterMerCode,
        merchantCode: payment.merchantCode,
        terminalId: payment.terminalId,
        productId: '',
        amount,
        tipAndFee: '',
        ccy: '704',
        qty: '1',
        note: '',
      },
    ],
    ccy: '704',
  };
  const bad = forged || drawn.find('bad-signature') !== undefined;
  return { ...body, checksum: callbackChecksum(body, bad ? 'a key that nobody gave out' : merchant.secrets.callback) };
}

/** One POST; never throws. */
export async function postCallback(
  url: string,
  body: Record<string, unknown>,
  forged: boolean,
  timeoutMs: number,
): Promise<CallbackTry> {
  const base = { at: Date.now(), forged, amount: String(body['amount']) };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    let answer: unknown = text.slice(0, 1_024);
    try {
      answer = JSON.parse(text);
    } catch {
      // The text itself is kept as the answer.
    }
    return { ...base, httpStatus: response.status, answer, error: undefined };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    const message = error instanceof Error ? `${error.message}${cause}` : String(error);
    return { ...base, httpStatus: undefined, answer: undefined, error: message };
  }
}

export function isFinal(attempt: CallbackTry): boolean {
  const code =
    typeof attempt.answer === 'object' && attempt.answer !== null
      ? (attempt.answer as { code?: unknown }).code
      : undefined;
  return attempt.httpStatus === 200 && typeof code === 'string' && FINAL.has(code);
}
