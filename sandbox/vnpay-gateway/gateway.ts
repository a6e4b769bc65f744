import type { Drawn, Faults } from '../faults/faults';
import type { Outgoing } from '../faults/outgoing';
import { SandboxError } from '../shared/errors';
import { pause } from '../shared/pause';
import { derivedBytes } from '../shared/random';
import { Reader } from '../shared/reader';
import type { Table, TruthRecord } from '../shared/record';
import type { Members } from './hashes';
import type { GatewayOrder, GatewayPayment, GatewayTerminal, IpnTry } from './model';
import { readPayLink, type PayLink } from './pay-link';
import { callIpn, isFinal, resultQuery, withQuery } from './result-link';
import { queryTransaction, refundTransaction, type TransactionDesk } from './transaction-api';

export interface GatewayRule {
  /** VNPAY calls at most ten times, five minutes apart. */
  gatewayIpnTries: number;
  gatewayIpnRetryMs: number;
  callbackTimeoutMs: number;
  /** After an accepted query every further one of the terminal is answered 94 for so long. */
  gatewayQueryPauseMs: number;
  /** How long an accepted refund stays with VNPAY before the bank has it. */
  gatewayRefundMs: number;
}

/** How a try to pay ends: response code, status, and whether money was taken. */
const ENDINGS = {
  paid: ['00', '00'],
  cancelled: ['24', '02'],
  expired: ['11', '02'],
  failed: ['51', '02'],
  suspicious: ['07', '07'],
  unfinished: ['99', '01'],
  reversed: ['99', '04'],
} as const;
type Ending = keyof typeof ENDINGS;
export const ENDING_NAMES = Object.keys(ENDINGS) as Ending[];

const orderKey = (tmnCode: string, txnRef: string, createDate: string): string =>
  `${tmnCode}/${createDate.slice(0, 8)}/${txnRef}`;

/** VNPAY's payment gateway: terminals, the orders that pay links opened, what buyers did. */
export class Gateway {
  private readonly terminals: Table<GatewayTerminal>;
  private readonly orders: Table<GatewayOrder>;
  private readonly payments: Table<GatewayPayment>;
  private readonly lastQuery = new Map<string, number>();
  private numbers = 0;

  constructor(
    truth: TruthRecord,
    private readonly faults: Faults,
    private readonly rule: GatewayRule,
    private readonly outgoing: Outgoing,
    private readonly stop: AbortSignal,
  ) {
    this.terminals = truth.table<GatewayTerminal>('gateway.terminals');
    this.orders = truth.table<GatewayOrder>('gateway.orders');
    this.payments = truth.table<GatewayPayment>('gateway.payments');
  }

  /** Registers a terminal, or replaces its registration. */
  register(body: unknown): GatewayTerminal {
    const read = new Reader(body);
    const tmnCode = read.text('tmnCode');
    if (!/^[A-Za-z0-9]{8}$/.test(tmnCode)) throw read.wrong('tmnCode', 'must be 8 letters or digits');
    return this.terminals.put(tmnCode, {
      tmnCode,
      hashSecret: read.text('hashSecret'),
      ipnUrl: read.optionalText('ipnUrl'),
      merchantId: read.optionalText('merchantId'),
      refunds: read.raw('refunds') !== false,
    });
  }

  allTerminals(): GatewayTerminal[] {
    return this.terminals.all();
  }

  allOrders(): GatewayOrder[] {
    return this.orders.all();
  }

  allPayments(): GatewayPayment[] {
    return this.payments.all();
  }

  /** The buyer's browser follows a pay link. */
  open(members: Members): PayLink {
    const link = readPayLink(members, this.terminals.get(members['vnp_TmnCode'] ?? ''));
    if (link.order === undefined) return link;
    const key = orderKey(link.order.tmnCode, link.order.txnRef, link.order.createDate);
    const known = this.orders.get(key);
    if (known !== undefined && known.amount !== link.order.amount) {
      return { refusal: ['01', 'The reference was used for another order today'] };
    }
    if (this.moneyTakenFor(link.order)) return { refusal: ['01', 'The order has been paid'] };
    if (link.order.expiresAt !== null && Date.now() >= link.order.expiresAt) {
      return { refusal: ['15', 'The time to pay is over'] };
    }
    this.orders.put(key, link.order);
    return link;
  }

  /** The buyer decides. Money is taken (or not) first, then the merchant is told; answers with the return link. */
  async pay(body: unknown): Promise<{ payment: GatewayPayment; returnUrl: string; ipns: readonly IpnTry[] }> {
    const read = new Reader(body);
    const order = this.orderOf(read);
    const terminal = this.terminalOf(order.tmnCode);
    const [responseCode, status] = ENDINGS[read.optionalOneOf('ending', ENDING_NAMES) ?? 'paid'];
    const paidAtText = read.raw('paidAt');
    const paidAt = paidAtText === undefined ? Date.now() : new Date(paidAtText as string | number).getTime();
    if (Number.isNaN(paidAt)) throw read.wrong('paidAt', 'must be an instant');
    if (!read.flag('again') && this.moneyTakenFor(order)) {
      throw new SandboxError(409, 'this order is paid; give /again to take the money a second time');
    }
    const dong = read.optionalInteger('amount');
    const payment: GatewayPayment = {
      transactionNo: this.nextNumber(order.txnRef),
      tmnCode: order.tmnCode,
      txnRef: order.txnRef,
      createDate: order.createDate,
      amount: dong === undefined ? order.amount : dong * 100,
      responseCode: read.optionalText('responseCode') ?? responseCode,
      status,
      bankCode: read.optionalText('bankCode') ?? 'NCB',
      cardType: 'ATM',
      orderInfo: order.orderInfo,
      paidAt,
      refunds: [],
      ipns: [],
    };
    this.payments.put(payment.transactionNo, payment);
    const how = read.optionalOneOf('ipn', ['send', 'hold', 'duplicate']) ?? 'send';
    const sent = how === 'hold' ? Promise.resolve([]) : this.tell(payment, terminal, how === 'duplicate' ? 2 : 1);
    const ipns = read.raw('wait') === false ? [] : await sent;
    const query = resultQuery(payment, terminal, this.faults.draw('vnpay-gateway.return', payment.txnRef));
    return {
      payment: this.payments.get(payment.transactionNo) ?? payment,
      returnUrl: withQuery(order.returnUrl, query),
      ipns,
    };
  }

  /** Sends a payment's IPN again, as it is or with a signature that nobody can have made. */
  async callAgain(body: unknown): Promise<{ ipns: readonly IpnTry[] }> {
    const read = new Reader(body);
    const txnRef = read.text('txnRef');
    const payment = this.payments.all().findLast((row) => row.txnRef === txnRef);
    if (payment === undefined) throw new SandboxError(404, `no payment of ${txnRef}`);
    const drawn = this.faults.draw('vnpay-gateway.ipn', txnRef);
    return { ipns: [await this.call(payment, this.terminalOf(payment.tmnCode), drawn, read.flag('forged'))] };
  }

  query(body: Members, drawn: Drawn): Members {
    return queryTransaction(body, this.desk(body), drawn);
  }

  refund(body: Members, drawn: Drawn): Members {
    const answer = refundTransaction(body, this.desk(body), drawn);
    if (answer['vnp_ResponseCode'] === '00') {
      const rejected = drawn.find('rejected-later') !== undefined;
      void this.settleRefund(answer['vnp_TransactionNo'] ?? '', rejected ? '09' : '06');
    }
    return answer;
  }

  private desk(body: Members): TransactionDesk {
    const now = Date.now();
    const tmnCode = body['vnp_TmnCode'] ?? '';
    const own = this.payments.all().filter((row) => row.tmnCode === tmnCode);
    const same = own.filter(
      ({ txnRef, createDate }) => txnRef === body['vnp_TxnRef'] && createDate === body['vnp_TransactionDate'],
    );
    return {
      terminal: this.terminals.get(tmnCode),
      payment: same.findLast(({ status }) => status === '00') ?? same.at(-1),
      now,
      mayQuery: () => {
        if (now - (this.lastQuery.get(tmnCode) ?? -Infinity) < this.rule.gatewayQueryPauseMs) return false;
        this.lastQuery.set(tmnCode, now);
        return true;
      },
      requestUsed: own.some(({ refunds }) => refunds.some(({ requestId }) => requestId === body['vnp_RequestId'])),
      nextNumber: () => this.nextNumber('refund'),
      keep: (payment) => void this.payments.put(payment.transactionNo, payment),
    };
  }

  private async settleRefund(transactionNo: string, status: '06' | '09'): Promise<void> {
    await pause(this.rule.gatewayRefundMs, this.stop);
    const payment = this.payments
      .all()
      .find(({ refunds }) => refunds.some((row) => row.transactionNo === transactionNo));
    if (payment === undefined) return;
    const refunds = payment.refunds.map((row) => (row.transactionNo === transactionNo ? { ...row, status } : row));
    this.payments.put(payment.transactionNo, { ...payment, refunds });
  }

  /** The first try of each copy is waited for; further ones follow by the retry rule in the background. */
  private async tell(payment: GatewayPayment, terminal: GatewayTerminal, copies: number): Promise<IpnTry[]> {
    if (terminal.ipnUrl === undefined) return [];
    const tries: IpnTry[] = [];
    for (let copy = 0; copy < copies; copy += 1) {
      const drawn = this.faults.draw('vnpay-gateway.ipn', payment.txnRef);
      tries.push(...(await this.outgoing.send(drawn, () => this.call(payment, terminal, drawn))));
    }
    const last = tries.at(-1);
    if (last === undefined || !isFinal(last)) void this.retry(payment, terminal);
    return tries;
  }

  private async retry(payment: GatewayPayment, terminal: GatewayTerminal): Promise<void> {
    for (let n = 1; n < this.rule.gatewayIpnTries; n += 1) {
      await pause(this.rule.gatewayIpnRetryMs, this.stop);
      const known = this.payments.get(payment.transactionNo)?.ipns ?? [];
      if (this.stop.aborted || known.some(isFinal)) return;
      const drawn = this.faults.draw('vnpay-gateway.ipn', payment.txnRef);
      await this.outgoing.send(drawn, () => this.call(payment, terminal, drawn));
    }
  }

  private async call(
    payment: GatewayPayment,
    terminal: GatewayTerminal,
    drawn: Drawn,
    forged = false,
  ): Promise<IpnTry> {
    if (terminal.ipnUrl === undefined) throw new SandboxError(409, `terminal ${terminal.tmnCode} has no ipnUrl`);
    const query = resultQuery(payment, terminal, drawn, forged);
    const attempt = await callIpn(terminal.ipnUrl, query, forged, this.rule.callbackTimeoutMs);
    const now = this.payments.get(payment.transactionNo) ?? payment;
    this.payments.put(payment.transactionNo, { ...now, ipns: [...now.ipns, attempt] });
    return attempt;
  }

  private orderOf(read: Reader): GatewayOrder {
    const payUrl = read.optionalText('payUrl');
    if (payUrl !== undefined) {
      const link = this.open(Object.fromEntries(new URL(payUrl).searchParams));
      if (link.order === undefined) throw new SandboxError(422, `code ${link.refusal.join(': ')}`);
      return link.order;
    }
    const txnRef = read.text('txnRef');
    const order = this.orders.all().findLast((row) => row.txnRef === txnRef);
    if (order === undefined) throw new SandboxError(404, `nobody has opened a pay link of ${txnRef}`);
    return order;
  }

  private terminalOf(tmnCode: string): GatewayTerminal {
    const terminal = this.terminals.get(tmnCode);
    if (terminal === undefined) throw new SandboxError(404, `no terminal ${tmnCode}`);
    return terminal;
  }

  private moneyTakenFor(order: GatewayOrder): boolean {
    return this.payments
      .all()
      .some(
        (row) =>
          row.status === '00' &&
          orderKey(row.tmnCode, row.txnRef, row.createDate) === orderKey(order.tmnCode, order.txnRef, order.createDate),
      );
  }

  /** Eight digits, unique, and the same in a run with the same seed and order. */
  private nextNumber(salt: string): string {
    for (;;) {
      this.numbers += 1;
      const number = String(14_000_000 + (derivedBytes('gateway', salt, this.numbers).readUInt32BE(0) % 85_999_999));
      if (this.payments.get(number) === undefined) return number;
    }
  }
}
