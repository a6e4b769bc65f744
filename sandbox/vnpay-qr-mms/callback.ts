import type { Drawn } from '../faults/faults';
import { answerCode, callMerchant } from '../shared/call-merchant';
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
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return { at: Date.now(), forged, amount: String(body['amount']), ...(await callMerchant(url, timeoutMs, request)) };
}

export function isFinal(attempt: CallbackTry): boolean {
  return FINAL.has(answerCode(attempt, 'code') ?? '');
}
