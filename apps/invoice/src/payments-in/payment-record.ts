import type { LegacyPaymentSuccessRecord, PaymentSuccessRecord, SaleBuyer, SaleOrder } from '@nx/contracts';
import {
  normalizeBuyer,
  parseTaxRate,
  taxRateOfPercent,
  validateBuyer,
  type InvoiceBuyer,
  type InvoicePaymentMethod,
} from '@nx/e-invoice';
import { RecordError } from '@nx/messaging';
import { decimalToMinor, MoneyError, toSafeNumber } from '@nx/money';
import type { SaleSnapshot, SoldLine } from '../invoices/invoice';

/** What both shapes of the record say, before money is read. */
export interface PaymentNews {
  readonly orderId: string;
  readonly status: string;
  readonly merchantId: string;
  readonly saleChannelId: string | null;
  readonly paidAt: Date;
  readonly paymentMethod: InvoicePaymentMethod;
  /** Present in the newer shape; the older one's order is asked from sale. */
  readonly order: SaleOrder | undefined;
}

const wrong = (what: string): RecordError => new RecordError(`payment.success: ${what}`, { retryable: false });

function text(value: unknown, name: string, limit = 64): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > limit) throw wrong(`${name} is no text`);
  return value;
}

const members = (value: unknown, name: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${name} is no object`);
  return value as Record<string, unknown>;
};

function instant(value: unknown, name: string): Date {
  const at = typeof value === 'string' || typeof value === 'number' ? new Date(value) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) throw wrong(`${name} is no instant`);
  return at;
}

/** Money of sale as whole đồng. Throws a RecordError for a fraction: nothing is rounded here. */
export function amountOf(value: unknown, name: string, currency: string): number {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
    throw wrong(`${name} is no amount`);
  try {
    const minor = toSafeNumber(decimalToMinor(typeof value === 'bigint' ? String(value) : value, currency));
    if (minor < 0) throw wrong(`${name} is negative`);
    return minor;
  } catch (error) {
    if (error instanceof MoneyError) throw wrong(`${name} is ${error.reason}: ${error.message}`);
    throw error;
  }
}

/** A quantity or unit price: decimals are kept, zeros at the end are not. */
export function decimalOf(value: unknown, name: string): string {
  const given = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  if (typeof given !== 'string' || !/^\d{1,15}(\.\d{1,6})?$/.test(given)) throw wrong(`${name} is no decimal`);
  return given.includes('.') ? given.replace(/\.?0+$/, '') : given;
}

function rateOf(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const given =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
  const rate = parseTaxRate(given) ?? taxRateOfPercent(given);
  if (rate === undefined) throw wrong(`${name} is no VAT rate`);
  return rate;
}

function lineOf(value: unknown, index: number, currency: string): SoldLine {
  const item = members(value, `items[${index}]`);
  const at = (name: string): string => `items[${index}].${name}`;
  const discount = amountOf(item['discount'] ?? 0, at('discount'), currency);
  const rate = rateOf(item['taxRate'], at('taxRate'));
  return {
    ...(typeof item['id'] === 'string' ? { id: item['id'].slice(0, 64) } : {}),
    name: text(item['name'], at('name'), 500),
    ...(typeof item['unit'] === 'string' && item['unit'] !== '' ? { unit: item['unit'].slice(0, 50) } : {}),
    quantity: decimalOf(item['quantity'], at('quantity')),
    unitPrice: decimalOf(item['unitPrice'], at('unitPrice')),
    lineTotal: amountOf(item['total'], at('total'), currency) + discount,
    discount,
    ...(rate === undefined ? {} : { taxRate: rate }),
  };
}

/**
 * The order as whole đồng. The totals of the lines, less a discount of the whole order that sale names, must make the
 * order's total exactly. Throws a RecordError.
 */
export function saleOf(order: SaleOrder): SaleSnapshot {
  const currency = text(order.currency, 'currency', 3);
  if (currency !== 'VND') throw wrong(`currency ${currency} is not invoiced; only VND is`);
  const items: unknown = order.items;
  if (!Array.isArray(items) || items.length === 0) throw wrong('the order has no items');
  const lines = items.map((item, index) => lineOf(item, index, currency));
  const total = amountOf(order.total, 'total', currency);
  const discount = amountOf(order.discount ?? 0, 'discount', currency);
  const ofLines = lines.reduce((sum, line) => sum + line.discount, 0);
  const orderDiscount = lines.reduce((sum, line) => sum + line.lineTotal - line.discount, 0) - total;
  if (orderDiscount !== 0 && orderDiscount !== discount && orderDiscount !== discount - ofLines) {
    throw wrong(`the lines make ${total + orderDiscount}, the order's total is ${total}`);
  }
  if (orderDiscount < 0) throw wrong(`the lines make less than the order's total ${total}`);
  return { lines, orderDiscount, total };
}

/** The buyer that the order names; null where it names none, or none that may stand on an invoice. */
export function buyerOf(buyer: SaleBuyer | undefined | null): InvoiceBuyer | null {
  if (buyer === undefined || buyer === null) return null;
  const contact = { email: buyer.email, phone: buyer.phone };
  const candidate =
    typeof buyer.taxCode === 'string' && buyer.taxCode !== ''
      ? {
          kind: 'COMPANY',
          taxCode: buyer.taxCode,
          legalName: buyer.legalName ?? buyer.name,
          address: buyer.address,
          ...(buyer.legalName === undefined ? {} : { contactName: buyer.name }),
          ...contact,
        }
      : { kind: 'PERSON', name: buyer.name, personalId: buyer.personalId, address: buyer.address, ...contact };
  return validateBuyer(candidate).length === 0 ? normalizeBuyer(candidate) : null;
}

/** How the invoice says it was paid: the last attempt's method counts where it paid everything. */
function methodOf(payment: Record<string, unknown>): InvoicePaymentMethod {
  const attempt = payment['attempt'];
  if (typeof attempt !== 'object' || attempt === null) return 'CASH_OR_TRANSFER';
  const { provider, method, amount } = attempt as Record<string, unknown>;
  const whole = String(Number(amount)) === String(Number(payment['total']));
  if (!whole) return 'CASH_OR_TRANSFER';
  return provider === 'SYSTEM' && /CASH/i.test(String(method)) ? 'CASH' : 'TRANSFER';
}

/** Reads either shape of `payment.success`; members that we do not know are ignored. Throws a RecordError. */
export function readPaymentRecord(value: unknown): PaymentNews {
  const record = members(value, 'the record') as Partial<PaymentSuccessRecord & LegacyPaymentSuccessRecord>;
  const payment = members(record.payment, 'payment');
  const shared = { paidAt: instant(payment['paidAt'], 'payment.paidAt'), paymentMethod: methodOf(payment) };
  if (record.order !== undefined) {
    const { order } = record;
    members(order, 'order');
    return {
      ...shared,
      orderId: text(order.id, 'order.id'),
      status: text(order.status, 'order.status'),
      merchantId: text(order.merchantId, 'order.merchantId'),
      saleChannelId: channelOf(order.saleChannelId),
      order,
    };
  }
  return {
    ...shared,
    orderId: text(record.saleOrderId, 'saleOrderId'),
    status: text(record.saleOrderStatus, 'saleOrderStatus'),
    merchantId: text(record.merchantId, 'merchantId'),
    saleChannelId: channelOf(record.saleChannelId),
    order: undefined,
  };
}

const channelOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= 64 ? value : null;
