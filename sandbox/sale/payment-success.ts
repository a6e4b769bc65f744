import type { Order } from './order';

/** How sale writes money: decimal(15,4) columns come out as text with four places, some versions write numbers. */
export type MoneyForm = 'text' | 'number';

export interface PaidAttempt {
  readonly id: string;
  readonly uid: string;
  readonly provider: string;
  readonly method: string;
  readonly amount: number;
}

export interface PaymentState {
  readonly total: number;
  readonly paid: number;
  readonly isFullyPaid: boolean;
  readonly paidAt: number;
  readonly attempt: PaidAttempt | undefined;
}

function money(form: MoneyForm): (amount: number) => string | number {
  return (amount) => (form === 'text' ? `${amount}.0000` : amount);
}

/** A decimal text with four places, or the number; unit prices and quantities keep their decimals. */
function decimal(form: MoneyForm): (text: string) => string | number {
  return (text) => {
    if (form === 'number') return Number(text);
    const [whole = '0', fraction = ''] = text.split('.');
    return `${whole}.${fraction.padEnd(4, '0')}`;
  };
}

/** The order as sale writes it into records and answers it over REST. Absent members are left out. */
export function orderJson(order: Order, form: MoneyForm): Record<string, unknown> {
  const amount = money(form);
  const number = decimal(form);
  return {
    id: order.id,
    number: order.number,
    status: order.status,
    merchantId: order.merchantId,
    organizerId: order.organizerId,
    saleChannelId: order.saleChannelId,
    currency: order.currency,
    subtotal: amount(order.subtotal),
    discount: amount(order.discount),
    tax: amount(order.tax),
    total: amount(order.total),
    items: order.items.map((item) => ({
      id: item.id,
      itemType: item.itemType,
      name: item.name,
      unit: item.unit,
      quantity: number(item.quantity),
      unitPrice: number(item.unitPrice),
      discount: amount(item.discount),
      tax: amount(item.tax),
      taxRate: item.taxRate,
      total: amount(item.total),
    })),
    buyer: order.buyer,
  };
}

/** The newer shape, with the order inside. */
export function newerRecord(order: Order, payment: PaymentState, form: MoneyForm): Record<string, unknown> {
  const amount = money(form);
  return {
    order: orderJson(order, form),
    payment: {
      total: amount(payment.total),
      paid: amount(payment.paid),
      currency: order.currency,
      isFullyPaid: payment.isFullyPaid,
      paidAt: new Date(payment.paidAt).toISOString(),
      attempt:
        payment.attempt === undefined ? undefined : { ...payment.attempt, amount: amount(payment.attempt.amount) },
    },
    actor: { id: 'sale', name: 'sale', type: 'SYSTEM' },
  };
}

/** The older shape: no items; who wants them asks sale. */
export function olderRecord(order: Order, payment: PaymentState, form: MoneyForm): Record<string, unknown> {
  const amount = money(form);
  return {
    saleOrderId: order.id,
    saleOrderNumber: order.number,
    saleOrderStatus: order.status,
    merchantId: order.merchantId,
    saleChannelId: order.saleChannelId,
    payment: {
      total: amount(payment.total),
      paid: amount(payment.paid),
      currency: order.currency,
      isFullyPaid: payment.isFullyPaid,
      paidAt: new Date(payment.paidAt).toISOString(),
    },
  };
}
