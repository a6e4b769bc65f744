import { pause } from './pause';
import type { SalePlan } from './plan';
import type { Shop } from './shop';
import type { Till } from './till';

interface Order {
  readonly id: string;
  readonly number: string;
  readonly total: number;
}

interface Attempt {
  readonly id: string;
  readonly status: string;
}

interface TransactionView {
  readonly id: string;
  readonly status: string;
  readonly paid: number;
  readonly attempts: readonly Attempt[];
}

interface Checkout {
  readonly transaction: { readonly id: string };
  readonly attempt: Attempt & { readonly amount: number };
  readonly payment: { readonly qrCode?: string; readonly payUrl?: string };
}

const QR = { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE' };
const GATEWAY = { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY' };
const CASH = { provider: 'SYSTEM', method: '000_CASH' };
type Way = typeof QR;

const COMPANY = {
  kind: 'COMPANY',
  taxCode: '0100233488',
  legalName: 'Công ty Cổ phần Người Mua',
  address: '2 Lý Thường Kiệt, Hà Nội',
};

/** The till was told no, finally: a person would choose another way now. */
class Refused extends Error {}

/** One sale from the order to the last thing that its people do about it. */
export class Customer {
  constructor(
    private readonly plan: SalePlan,
    private readonly shop: Shop,
    private readonly stop: AbortSignal,
  ) {}

  /** How it went at the till: `done`, or what it was refused or gave up over. What it left behind others judge. */
  async run(): Promise<string> {
    try {
      const order = await this.order();
      const transactionId = await this.pay(order);
      if (this.plan.refund !== 'NONE') await this.takeBack(transactionId);
      if (this.plan.channel === 'receipt' && this.plan.claims) await this.claim(order);
      return 'done';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private async order(): Promise<Order> {
    const { merchantId, organizerId, channels } = this.shop.merchant;
    const { channel, quantity } = this.plan;
    const saleChannelId = channel === 'none' ? {} : { saleChannelId: channels[channel].saleChannelId };
    const items = [{ name: 'Cà phê sữa đá', unit: 'ly', quantity, unitPrice: '45000', taxRate: 8 }];
    const made = await this.shop.sandbox.post<{ order: Order }>('/sale/orders', {
      merchantId,
      organizerId,
      ...saleChannelId,
      items,
    });
    return made.order;
  }

  private pay(order: Order): Promise<string> {
    switch (this.plan.kind) {
      case 'CASH':
        return this.payInCash(order);
      case 'SPLIT':
        return this.split(order);
      case 'CANCEL_RACE':
      case 'ABANDONED':
        return this.cancel(order);
      case 'GATEWAY':
        return this.payByProvider(order, GATEWAY);
      default:
        return this.payByProvider(order, QR);
    }
  }

  private async checkout(
    order: Order,
    way: Way,
    more: { amount?: number; transactionId?: string } = {},
  ): Promise<Checkout> {
    const { transactionId, ...amount } = more;
    const { status, body } = await this.shop.cashier.post<Checkout>('/payments/checkout', {
      source: { type: 'SaleOrder', id: order.id, uid: order.number },
      payment: { ...way, total: order.total, currency: 'VND', ...amount },
      ...(transactionId === undefined ? {} : { transactionId }),
    });
    if (status !== 200) throw refusal('checkout', status, body);
    return body;
  }

  private async payByProvider(order: Order, way: Way): Promise<string> {
    const checkout = await this.checkout(order, way);
    await this.buyerPays(checkout, order.total);
    return checkout.transaction.id;
  }

  private async payInCash(order: Order): Promise<string> {
    const checkout = await this.checkout(order, CASH);
    await this.receive(checkout);
    return checkout.transaction.id;
  }

  private async receive({ attempt }: Checkout): Promise<void> {
    const body = { attempt: { id: attempt.id }, tendered: attempt.amount };
    const answer = await this.shop.cashier.post('/payments/system/ipn', body);
    if (answer.status !== 200) throw refusal('cash', answer.status, answer.body);
  }

  private async split(order: Order): Promise<string> {
    const first = await this.checkout(order, QR, { amount: 20_000 });
    const transactionId = first.transaction.id;
    const rest = await this.checkout(order, CASH, { transactionId });
    await Promise.all([this.buyerPays(first, 20_000), this.receive(rest)]);
    return transactionId;
  }

  /** The buyer pays while the cashier cancels, or just leaves. */
  private async cancel(order: Order): Promise<string> {
    const checkout = await this.checkout(order, QR);
    const transactionId = checkout.transaction.id;
    const paying = this.plan.kind === 'CANCEL_RACE' ? this.buyerPays(checkout, order.total) : Promise.resolve();
    await pause(this.plan.payAfterMs, this.stop);
    await this.shop.cashier.post('/payments/cancel', { transactionId, reason: 'the buyer left' });
    await paying;
    return transactionId;
  }

  private async buyerPays({ payment }: Checkout, total: number): Promise<void> {
    const { kind, payAfterMs, duplicateCallback } = this.plan;
    await pause(payAfterMs, this.stop);
    const { sandbox } = this.shop;
    const callback = duplicateCallback ? 'duplicate' : 'send';
    if (payment.payUrl !== undefined && payment.payUrl !== null) {
      await sandbox.post('/vnpay/gateway/buyers/pay', { payUrl: payment.payUrl, ipn: callback, wait: false });
      return;
    }
    const body = { qrContent: payment.qrCode, callback, wait: false };
    const amount = kind === 'WRONG_AMOUNT' ? { amount: total - 1_000 } : {};
    await sandbox.post('/vnpay/qr-mms/buyers/pay', { ...body, ...amount });
    if (kind === 'PAID_TWICE') await sandbox.post('/vnpay/qr-mms/buyers/pay', { ...body, again: true });
  }

  /** Waits until the money is there, then gives it back, whole or in part. */
  private async takeBack(transactionId: string): Promise<void> {
    const paid = await this.until(this.shop.cashier, `/transactions/${transactionId}`, isOver);
    if (paid?.status !== '304_SETTLED') return;
    const amount = this.plan.refund === 'FULL' ? paid.paid : Math.round(paid.paid / 3);
    const answer = await this.shop.owner.post(`/transactions/${transactionId}/refunds`, {
      amount,
      reason: 'Trả hàng',
      clientReference: `return-${this.plan.number}`,
    });
    // Of a split sale no single attempt may bear all of it; that is an answer, too.
    if (answer.status >= 300 && answer.status !== 422) throw refusal('refund', answer.status, answer.body);
  }

  /** The claim window may close first: then the page says so, and the invoice goes to the consumer. */
  private async claim({ id }: Order): Promise<void> {
    const path = `/invoices?sourceId=${encodeURIComponent(id)}`;
    const found = await this.until<{ data: readonly { id: string }[] }>(
      this.shop.invoices,
      path,
      ({ data }) => data.length > 0,
    );
    const [invoice] = found?.data ?? [];
    if (invoice === undefined) return;
    const { body } = await this.shop.invoices.get<{ claim?: { url: string | null } }>(`/invoices/${invoice.id}`);
    if (body.claim?.url == null) return;
    await this.shop.buyerAt(body.claim.url).post('', COMPANY);
  }

  /** Looks until it fits; undefined when the shop closes before. */
  private async until<T = TransactionView>(
    till: Till,
    path: string,
    fits: (body: T) => boolean,
  ): Promise<T | undefined> {
    for (let look = 0; look < 40 && !this.stop.aborted; look += 1) {
      const { status, body } = await till.get<T>(path);
      if (status === 200 && fits(body)) return body;
      await pause(1_000, this.stop);
    }
    return undefined;
  }
}

const isOver = ({ status }: TransactionView): boolean => status !== '100_NEW' && status !== '300_PARTIAL';

function refusal(what: string, status: number, body: unknown): Refused {
  const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
  return new Refused(`${what} refused: ${status} ${code}`);
}
