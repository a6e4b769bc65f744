import type { Drawn } from '../faults/faults';
import { parseSlashDate, slashDate, slashTime } from '../shared/vietnam-time';
import { checkAnswerChecksum, checkChecksum, sameChecksum } from './checksums';
import type { QrMerchant, QrPayment } from './model';

type Body = Readonly<Record<string, unknown>>;

function answer(
  code: string,
  message: string,
  body: Body,
  merchant: QrMerchant | undefined,
  payment: QrPayment | undefined,
  drawn: Drawn,
): Body {
  const delta = payment === undefined ? 0 : (drawn.find('wrong-amount')?.amountDelta ?? 0);
  const members = {
    code,
    message,
    masterMerchantCode: merchant?.masterMerCode ?? '',
    merchantCode: String(body['merchantCode'] ?? ''),
    terminalID: String(body['terminalID'] ?? ''),
    billNumber: payment?.txnId ?? '',
    txnId: String(body['txnId'] ?? ''),
    payDate: payment === undefined ? '' : slashTime(payment.paidAt),
    qrTrace: payment?.qrTrace ?? '',
    bankCode: payment?.bankCode ?? '',
    debitAmount: payment === undefined ? '' : String(payment.amount + delta),
    realAmount: payment === undefined ? '' : String(payment.realAmount + delta),
  };
  const secret = merchant?.secrets.check;
  if (secret === undefined) return { ...members, checkSum: '' };
  const spoilt = drawn.find('bad-signature') === undefined ? secret : `${secret}x`;
  return { ...members, checkSum: checkAnswerChecksum(members, spoilt) };
}

/** CheckTrans: what was paid for a reference on one day (GMT+7). Codes as in the vendor's table. */
export function checkTransaction(
  body: Body,
  merchant: QrMerchant | undefined,
  payments: readonly QrPayment[],
  drawn: Drawn,
): Body {
  const say = (code: string, message: string, payment?: QrPayment): Body =>
    answer(code, message, body, merchant, payment, drawn);
  const struck = drawn.find('refuse', 'look-up-failure');
  if (struck !== undefined) return say(struck.code ?? '99', 'Refused by an armed fault');
  if (!body['txnId']) return say('03', 'txnId is empty');
  if (typeof body['payDate'] !== 'string' || parseSlashDate(body['payDate']) === undefined)
    return say('02', 'Bad payDate');
  if (merchant === undefined) return say('11', 'Merchant unknown');
  if (!sameChecksum(checkChecksum(body, merchant.secrets.check), body['checkSum'])) return say('11', 'Wrong checkSum');
  if (body['terminalID'] !== merchant.terminalId) return say('11', 'Terminal invalid');
  const ofDay = payments.filter(
    (payment) =>
      payment.merchantCode === merchant.merchantCode &&
      payment.txnId === body['txnId'] &&
      slashDate(payment.paidAt) === body['payDate'],
  );
  const paid = ofDay.find((payment) => payment.status === 'PAID');
  if (paid !== undefined) return say('00', 'Success', paid);
  return ofDay.length > 0 ? say('04', 'Transaction failed') : say('01', 'Transaction not found');
}
