import { describe, expect, it } from 'vitest';
import type { SaleOrder } from '@nx/contracts';
import { RecordError } from '@nx/messaging';
import { calculateSale } from '../invoices/calculate-sale';
import { buyerOf, readPaymentRecord, saleOf } from './payment-record';

const item = {
  id: 'i1',
  name: 'Cà phê',
  quantity: '2.0000',
  unitPrice: '45000.0000',
  discount: '0.0000',
  tax: '6667.0000',
  taxRate: 8,
  total: '90000.0000',
};
const order: SaleOrder = {
  id: 'o1',
  number: 'SO1',
  status: '303_COMPLETED',
  merchantId: 'm1',
  saleChannelId: 'c1',
  currency: 'VND',
  subtotal: '90000.0000',
  discount: '0.0000',
  tax: '6667.0000',
  total: '90000.0000',
  items: [item],
};
const payment = {
  total: '90000.0000',
  paid: '90000.0000',
  currency: 'VND',
  isFullyPaid: true,
  paidAt: '2026-11-20T03:00:00.000Z',
};
const attempt = { id: 'a', uid: 'A', provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', amount: '90000.0000' };

describe('payment.success', () => {
  it('is read in the newer shape, unknown members ignored', () => {
    expect(readPaymentRecord({ order, payment: { ...payment, attempt }, later: { x: 1 } })).toMatchObject({
      orderId: 'o1',
      status: '303_COMPLETED',
      saleChannelId: 'c1',
      paymentMethod: 'TRANSFER',
      order,
    });
  });

  it('is read in the older shape, whose order is asked', () => {
    const record = {
      saleOrderId: 'o1',
      saleOrderNumber: 'SO1',
      saleOrderStatus: '300_PARTIAL',
      merchantId: 'm1',
      saleChannelId: 'c1',
      payment,
    };
    expect(readPaymentRecord(record)).toMatchObject({ orderId: 'o1', status: '300_PARTIAL', order: undefined });
  });

  it.each([
    ['VNPAY_QR_MMS', '100_QR_CODE', '90000', 'TRANSFER'],
    ['SYSTEM', '000_CASH', '90000', 'CASH'],
    ['SYSTEM', '200_BANK_TRANSFER', 90000, 'TRANSFER'],
    ['SYSTEM', '000_CASH', '40000', 'CASH_OR_TRANSFER'],
  ])('paid by %s %s of %s is %s', (provider, method, amount, expected) => {
    const value = { order, payment: { ...payment, attempt: { ...attempt, provider, method, amount } } };
    expect(readPaymentRecord(value).paymentMethod).toBe(expected);
  });

  it.each([
    ['null', null],
    ['a text', 'x'],
    ['no payment', { order }],
    ['no instant', { order, payment: { ...payment, paidAt: 'yesterday' } }],
    ['an order without id', { order: { ...order, id: '' }, payment }],
    ['an id of 65 characters', { order: { ...order, id: 'x'.repeat(65) }, payment }],
  ])('refuses %s', (_what, value) => {
    expect(() => readPaymentRecord(value)).toThrow(RecordError);
  });
});

describe('the money of an order', () => {
  it('is whole đồng, quantities and prices keep their decimals', () => {
    const half = { ...item, quantity: '0.5000', unitPrice: '36000.5000', discount: '1000.0000', total: '17000.0000' };
    expect(saleOf({ ...order, items: [item, half], total: '107000.0000', discount: '1000.0000' })).toEqual({
      orderDiscount: 0,
      total: 107_000,
      lines: [
        expect.objectContaining({ quantity: '2', unitPrice: '45000', lineTotal: 90_000, taxRate: '8%' }),
        expect.objectContaining({ quantity: '0.5', unitPrice: '36000.5', lineTotal: 18_000, discount: 1000 }),
      ],
    });
  });

  it('knows a discount of the whole order', () => {
    const sale = saleOf({ ...order, total: '80000', discount: '10000' });
    expect(sale.orderDiscount).toBe(10_000);
    const config = { defaultTaxRate: null, directCategory: null, roundingAllowance: 1 };
    const taxPoint = new Date('2026-11-20T03:00:00Z');
    expect(calculateSale(sale, { taxMethod: 'DEDUCTION', taxPoint, config }).totals.amountAfterTax).toBe(80_000);
    expect(calculateSale(sale, { taxMethod: 'DIRECT', taxPoint, config }).totals.taxAmount).toBe(0);
  });

  it.each([
    ['a fraction of a đồng in the total', { total: '90000.5000' }],
    ['a fraction in a line', { items: [{ ...item, total: '89999.9900' }] }],
    ['lines that do not make the total', { total: '91000' }],
    ['a difference that is no discount', { total: '85000', discount: '4000' }],
    ['another currency', { currency: 'USD' }],
    ['no items', { items: [] }],
    ['a rate that is none', { items: [{ ...item, taxRate: 'viii' }] }],
    ['a negative total', { total: '-1' }],
    ['a quantity with an exponent', { items: [{ ...item, quantity: '1e3' }] }],
  ])('refuses %s', (_what, change) => {
    expect(() => saleOf({ ...order, ...change })).toThrow(RecordError);
  });
});

describe('the buyer of an order', () => {
  it.each([
    ['nobody', undefined, null],
    ['a company', { taxCode: '0100109106', legalName: 'Viettel', address: 'Hà Nội' }, 'COMPANY'],
    ['a company with a wrong code', { taxCode: '0100109107', legalName: 'V', address: 'H' }, null],
    ['a person', { name: 'Nguyễn Văn An', personalId: '001099012345' }, 'PERSON'],
    ['a person without name', { phone: '0912345678' }, null],
  ])('%s', (_what, buyer, kind) => {
    expect(buyerOf(buyer)?.kind ?? null).toBe(kind);
  });
});
