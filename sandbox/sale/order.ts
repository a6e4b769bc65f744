import { newId } from '../shared/ids';
import { Reader } from '../shared/reader';
import { SandboxError } from '../shared/errors';

export type OrderStatus = '001_DRAFT' | '203_PROCESSING' | '300_PARTIAL' | '303_COMPLETED' | '505_CANCELLED';

/** Sums in whole đồng; unit price and quantity are decimal texts. */
export interface OrderItem {
  readonly id: string;
  readonly itemType: string;
  readonly name: string;
  readonly unit: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly discount: number;
  readonly tax: number;
  readonly taxRate: number | undefined;
  readonly total: number;
}

export interface Order {
  readonly id: string;
  readonly number: string;
  readonly status: OrderStatus;
  readonly merchantId: string;
  readonly organizerId: string | undefined;
  readonly saleChannelId: string | undefined;
  readonly currency: string;
  readonly subtotal: number;
  readonly discount: number;
  readonly tax: number;
  readonly total: number;
  readonly items: readonly OrderItem[];
  readonly buyer: Readonly<Record<string, unknown>> | undefined;
  readonly createdAt: number;
}

interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** Up to four places, as sale's decimal(15,4) columns. */
function decimalText(read: Reader, name: string): string {
  const value = read.raw(name);
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,11}(\.\d{1,4})?$/.test(text))
    throw read.wrong(name, 'must be a decimal with up to four places');
  return text;
}

function decimal(text: string): Decimal {
  const [whole = '0', fraction = ''] = text.split('.');
  return { digits: BigInt(whole + fraction), places: fraction.length };
}

/** a / b to the nearest whole number, half away from zero; both are positive. */
function roundedQuotient(a: bigint, b: bigint): number {
  return Number((a * 2n + b) / (b * 2n));
}

/** The tax inside a price: gross − round(gross / (1 + rate)); `rate` in percent. */
export function taxInside(gross: number, rate: number): number {
  const hundredths = BigInt(Math.round(rate * 100));
  return gross - roundedQuotient(BigInt(gross) * 10_000n, 10_000n + hundredths);
}

/** Unit prices hold the tax, as on a shelf. A line is rounded to whole đồng once. */
function readItem(value: unknown, index: number): OrderItem {
  const read = new Reader(value, `/items/${index}`);
  const quantity = decimalText(read, 'quantity');
  const unitPrice = decimalText(read, 'unitPrice');
  const [q, p] = [decimal(quantity), decimal(unitPrice)];
  const gross = roundedQuotient(q.digits * p.digits, 10n ** BigInt(q.places + p.places));
  const discount = read.optionalInteger('discount') ?? 0;
  if (discount < 0 || discount > gross) throw read.wrong('discount', 'must be between 0 and the line');
  const taxRate = read.optionalNumber('taxRate');
  if (taxRate !== undefined && (taxRate < 0 || taxRate > 100)) throw read.wrong('taxRate', 'must be a percentage');
  const total = gross - discount;
  return {
    id: read.optionalText('id') ?? newId(),
    itemType: read.optionalText('itemType') ?? 'PRODUCT',
    name: read.text('name'),
    unit: read.optionalText('unit') ?? 'cái',
    quantity,
    unitPrice,
    discount,
    tax: taxRate === undefined ? 0 : taxInside(total, taxRate),
    taxRate,
    total,
  };
}

/** An order whose sums are exact: subtotal − discount = total = sum of the lines, tax inside. */
export function readOrder(body: unknown, sequence: number): Order {
  const read = new Reader(body);
  const items = read.list('items').map(readItem);
  if (items.length === 0) throw new SandboxError(422, '/items must hold at least one line');
  const sum = (of: (item: OrderItem) => number): number => items.reduce((total, item) => total + of(item), 0);
  const discount = sum((item) => item.discount);
  const total = sum((item) => item.total);
  return {
    id: read.optionalText('id') ?? newId(),
    number: read.optionalText('number') ?? `SO${String(sequence).padStart(6, '0')}`,
    status: read.optionalOneOf('status', ['001_DRAFT', '203_PROCESSING']) ?? '203_PROCESSING',
    merchantId: read.text('merchantId'),
    organizerId: read.optionalText('organizerId'),
    saleChannelId: read.optionalText('saleChannelId'),
    currency: read.optionalText('currency') ?? 'VND',
    subtotal: total + discount,
    discount,
    tax: sum((item) => item.tax),
    total,
    items,
    buyer: read.optionalObject('buyer'),
    createdAt: Date.now(),
  };
}
