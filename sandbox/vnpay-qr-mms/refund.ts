import type { Drawn } from '../faults/faults';
import { compactTime, parseCompactTime } from '../shared/vietnam-time';
import { refundAnswerChecksum, refundChecksum, sameChecksum } from './checksums';
import type { QrMerchant, QrPayment, QrRefund } from './model';

type Body = Readonly<Record<string, unknown>>;

export interface RefundDesk {
  readonly merchant: QrMerchant | undefined;
  readonly payment: QrPayment | undefined;
  /** A number that this merchant has used before is refused. */
  readonly numberUsed: boolean;
  nextTrace(): string;
  keep(payment: QrPayment): void;
}

function answer(code: string, message: string, refund: QrRefund | undefined, spoil: boolean): Body {
  const qrTraceRefund = refund?.qrTraceRefund ?? '';
  const refundDate = refund === undefined ? '' : compactTime(refund.refundedAt);
  const checkSum = refundAnswerChecksum(code, spoil ? `${message}x` : message, qrTraceRefund, refundDate);
  return { code, message, qrTraceRefund, refundDate, checkSum };
}

function formatProblem(body: Body): string | undefined {
  for (const name of ['merchantCode', 'qrTrace', 'payTxnId', 'refundContent']) {
    if (typeof body[name] !== 'string' || body[name] === '') return `${name} is missing`;
  }
  if (!/^\d{1,19}$/.test(String(body['refundTxnId']))) return 'refundTxnId is not a number';
  if (!/^[1-9]\d{0,12}$/.test(String(body['amount']))) return 'amount is not a whole number of dong';
  if (body['typeRefund'] !== '1' && body['typeRefund'] !== '2') return 'typeRefund is neither 1 nor 2';
  if (parseCompactTime(String(body['payDate'])) === undefined) return 'payDate is not yyyyMMddHHmmss';
  return undefined;
}

function amountProblem(type: '1' | '2', amount: number, payment: QrPayment): readonly [string, string] | undefined {
  const refunded = payment.refunds.reduce((sum, refund) => sum + refund.amount, 0);
  if (type === '1' && refunded > 0) return ['04', 'Full refund is not allowed after a partial one'];
  if (type === '1' && amount !== payment.amount) return ['03', 'Wrong total amount'];
  if (type === '2' && amount > payment.amount - refunded) return ['02', 'Wrong partial amount'];
  return undefined;
}

/** Refund, full or partial, of one payment. Codes as in the vendor's table. */
export function refund(body: Body, desk: RefundDesk, drawn: Drawn): Body {
  const struck = drawn.find('refuse');
  if (struck !== undefined) return answer(struck.code ?? '96', 'Refused by an armed fault', undefined, false);
  const problem = formatProblem(body);
  if (problem !== undefined) return answer('11', `Bad format: ${problem}`, undefined, false);
  const { merchant, payment } = desk;
  if (merchant === undefined) return answer('12', 'Not found', undefined, false);
  if (!sameChecksum(refundChecksum(body, merchant.secrets.refund), body['checkSum'])) {
    return answer('01', 'Wrong checkSum', undefined, false);
  }
  if (payment === undefined || payment.status !== 'PAID' || payment.txnId !== body['payTxnId']) {
    return answer('12', 'Not found', undefined, false);
  }
  if (desk.numberUsed) return answer('99', 'refundTxnId has been used', undefined, false);
  const type = body['typeRefund'] === '1' ? '1' : '2';
  const refused = amountProblem(type, Number(body['amount']), payment);
  if (refused !== undefined) return answer(refused[0], refused[1], undefined, false);
  const done: QrRefund = {
    refundTxnId: String(body['refundTxnId']),
    qrTraceRefund: desk.nextTrace(),
    typeRefund: type,
    amount: Number(body['amount']),
    refundedAt: Date.now(),
  };
  desk.keep({ ...payment, refunds: [...payment.refunds, done] });
  return answer('00', 'Refund Success.', done, drawn.find('bad-signature') !== undefined);
}
