import type { Drawn } from '../faults/faults';
import { compactTime } from '../shared/vietnam-time';
import { apiHash, same, type Members } from './hashes';
import type { GatewayPayment, GatewayRefund, GatewayTerminal } from './model';

/** What the two commands of the merchant API need to know and may change. */
export interface TransactionDesk {
  readonly terminal: GatewayTerminal | undefined;
  /** The newest payment of a reference made on that date, with those in which money was taken first. */
  readonly payment: GatewayPayment | undefined;
  readonly now: number;
  /** False when a query was accepted for this terminal less than the pause ago. */
  readonly mayQuery: () => boolean;
  readonly requestUsed: boolean;
  nextNumber(): string;
  keep(payment: GatewayPayment): void;
}

type Code = readonly [string, string];

/** A query of a payment, or of one of its refunds by the refund's own number. */
export function queryTransaction(body: Members, desk: TransactionDesk, drawn: Drawn): Members {
  const { terminal, payment } = desk;
  if (terminal === undefined) return unsigned('querydr', '02', 'Invalid TmnCode');
  const reply = (code: Code, about: Members = {}): Members =>
    answer('querydrAnswer', code, body, about, terminal, drawn);
  const struck = drawn.find('look-up-failure', 'refuse');
  if (struck !== undefined) return reply([struck.code ?? '99', 'Refused by an armed fault']);
  if (
    !/^\d{14}$/.test(body['vnp_TransactionDate'] ?? '') ||
    !/^[A-Za-z0-9_-]{1,32}$/.test(body['vnp_RequestId'] ?? '')
  ) {
    return reply(['03', 'Invalid data format']);
  }
  if (!same(apiHash('querydr', body, terminal.hashSecret), body['vnp_SecureHash'])) {
    return unsigned('querydr', '97', 'Invalid checksum');
  }
  if (!desk.mayQuery()) return reply(['94', 'Request is duplicate within the duration limitation of API']);
  if (payment === undefined) return unsigned('querydr', '91', 'Transaction is not found');
  const refund = payment.refunds.find(({ transactionNo }) => transactionNo === body['vnp_TransactionNo']);
  const about = refund === undefined ? ofPayment(payment) : ofRefund(payment, refund);
  const delta = 100 * (drawn.find('wrong-amount')?.amountDelta ?? 0);
  return reply(['00', 'QueryDR Success'], { ...about, vnp_Amount: String(Number(about['vnp_Amount']) + delta) });
}

/** A refund, full or partial: accepted (00) only means that VNPAY works on it. */
export function refundTransaction(body: Members, desk: TransactionDesk, drawn: Drawn): Members {
  const { terminal, payment } = desk;
  if (terminal === undefined) return unsigned('refund', '02', 'Invalid TmnCode');
  const reply = (code: Code, about: Members = {}): Members =>
    answer('refundAnswer', code, body, about, terminal, drawn);
  const struck = drawn.find('refuse');
  if (struck !== undefined) return reply([struck.code ?? '99', 'Refused by an armed fault']);
  const amount = Number(body['vnp_Amount']);
  const type = body['vnp_TransactionType'];
  if (!/^[1-9]\d{0,11}$/.test(body['vnp_Amount'] ?? '') || (type !== '02' && type !== '03') || !body['vnp_CreateBy']) {
    return reply(['03', 'Invalid data format']);
  }
  if (!same(apiHash('refund', body, terminal.hashSecret), body['vnp_SecureHash'])) {
    return unsigned('refund', '97', 'Invalid checksum');
  }
  if (!terminal.refunds) return reply(['99', 'Refunds are not enabled for this terminal']);
  if (payment === undefined) return unsigned('refund', '91', 'Transaction is not found');
  if (payment.status !== '00') return reply(['95', 'The transaction was not successful']);
  if (desk.requestUsed || payment.refunds.some(({ status }) => status === '05')) {
    return reply(['94', 'A refund of this transaction is being processed']);
  }
  const given = payment.refunds.filter(({ status }) => status !== '09').reduce((sum, refund) => sum + refund.amount, 0);
  const fits = type === '02' ? given === 0 && amount === payment.amount : given + amount <= payment.amount;
  if (!fits) return reply(['03', 'The amount does not fit what is left of the transaction']);
  const refund: GatewayRefund = {
    transactionNo: desk.nextNumber(),
    requestId: body['vnp_RequestId'] ?? '',
    type,
    amount,
    status: '05',
    at: desk.now,
  };
  desk.keep({ ...payment, refunds: [...payment.refunds, refund] });
  return reply(['00', 'Refund request accepted'], ofRefund(payment, refund));
}

function ofPayment(payment: GatewayPayment): Members {
  return {
    vnp_Amount: String(payment.amount),
    vnp_BankCode: payment.bankCode,
    vnp_PayDate: compactTime(payment.paidAt),
    vnp_TransactionNo: payment.transactionNo,
    vnp_TransactionType: '01',
    vnp_TransactionStatus: payment.status,
    vnp_OrderInfo: payment.orderInfo,
  };
}

function ofRefund(payment: GatewayPayment, refund: GatewayRefund): Members {
  return {
    vnp_Amount: String(refund.amount),
    vnp_BankCode: payment.bankCode,
    vnp_PayDate: compactTime(refund.at),
    vnp_TransactionNo: refund.transactionNo,
    vnp_TransactionType: refund.type,
    vnp_TransactionStatus: refund.status,
    vnp_OrderInfo: payment.orderInfo,
  };
}

/** 02, 91 and 97 come without a hash. */
function unsigned(command: string, code: string, message: string): Members {
  return { vnp_Command: command, vnp_ResponseCode: code, vnp_Message: message };
}

function answer(
  kind: 'querydrAnswer' | 'refundAnswer',
  [code, message]: Code,
  request: Members,
  about: Members,
  terminal: GatewayTerminal,
  drawn: Drawn,
): Members {
  const members: Members = {
    vnp_ResponseId: `R${request['vnp_RequestId'] ?? ''}`.slice(0, 32),
    vnp_Command: kind === 'querydrAnswer' ? 'querydr' : 'refund',
    vnp_ResponseCode: code,
    vnp_Message: message,
    vnp_TmnCode: terminal.tmnCode,
    vnp_TxnRef: request['vnp_TxnRef'] ?? '',
    ...about,
  };
  const secret = drawn.find('bad-signature') === undefined ? terminal.hashSecret : 'a key that nobody gave out';
  return { ...members, vnp_SecureHash: apiHash(kind, members, secret) };
}
