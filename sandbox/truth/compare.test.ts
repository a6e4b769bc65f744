import { describe, expect, it } from 'vitest';
import type { OrderFile } from '../sale/sale';
import type { IssuedInvoice } from '../vnpay-invoice/model';
import type { Charge } from './charges';
import { compareInvoices, compareOrders, comparePayments, type TruthRow } from './compare';

const charged = (txnId: string, amount: number, reference: string): Charge => ({
  provider: 'VNPAY_QR_MMS',
  reference,
  txnId,
  payee: 'm',
  merchantId: 'm-1',
  amount,
  paid: true,
});
const transaction = (attempts: object[], paid: number): Record<string, unknown> => ({
  id: 't',
  status: '304_SETTLED',
  total: paid,
  paid,
  attempts,
});
const attempt = (uid: string, change: object = {}): object => ({
  uid,
  status: '302_SUCCESS',
  amount: 100,
  appliedAmount: 100,
  provider: 'VNPAY_QR_MMS',
  providerReference: `r-${uid}`,
  ...change,
});
const kinds = (rows: TruthRow[]): string[] => rows.map(({ kind }) => kind);

describe('payments', () => {
  it.each([
    ['match', [charged('A', 100, 'r-A')], [transaction([attempt('A')], 100)], ['match']],
    ['missing', [charged('A', 100, 'r-A')], [], ['missing']],
    ['status', [charged('A', 100, 'r-A')], [transaction([attempt('A', { status: '501_EXPIRED' })], 0)], ['status']],
    ['amount', [charged('A', 90, 'r-A')], [transaction([attempt('A')], 100)], ['amount']],
    ['suspense', [charged('A', 90, 'r-A')], [transaction([attempt('A', { appliedAmount: 0 })], 0)], ['amount']],
    [
      'second payment',
      [charged('A', 100, 'x'), charged('A', 100, 'r-A')],
      [transaction([attempt('A')], 100)],
      ['duplicate', 'match'],
    ],
    ['extra', [], [transaction([attempt('A')], 100)], ['extra']],
    ['cash is none of ours', [], [transaction([attempt('A', { provider: 'SYSTEM' })], 100)], []],
    [
      'counted twice',
      [charged('A', 100, 'r'), charged('B', 100, 'r2')],
      [transaction([attempt('A', { providerReference: 'r' }), attempt('B', { providerReference: 'r' })], 200)],
      ['match', 'match', 'duplicate'],
    ],
    ['wrong sum', [charged('A', 100, 'r-A')], [transaction([attempt('A')], 250)], ['match', 'amount']],
  ])('%s', (_name, payments, transactions, expected) => {
    expect(kinds(comparePayments(payments, transactions))).toEqual(expected);
  });
});

const issued = (requestId: string, change: Partial<IssuedInvoice> = {}): IssuedInvoice =>
  ({
    requestId,
    taxCode: '1',
    symbol: 'C26MYY',
    number: 7,
    total: 108,
    invoiceDate: '2026-11-20',
    ...change,
  }) as IssuedInvoice;
const ORIGINAL = { symbol: 'C26MYY', number: '7', date: '2026-11-20' };
const invoice = (providerKey: string, change: object = {}): Record<string, unknown> => ({
  id: `i-${providerKey}`,
  merchantId: 'm',
  sourceId: `s-${providerKey}`,
  providerKey,
  issuanceStatus: 'SUCCESS',
  invoiceNumber: '0000007',
  total: 108,
  ...change,
});

describe('invoices', () => {
  it.each([
    ['match', [issued('a')], [invoice('a')], ['match']],
    ['missing', [issued('a')], [], ['missing']],
    ['unknown', [issued('a')], [invoice('a', { issuanceStatus: 'UNKNOWN' })], ['status']],
    ['other number', [issued('a')], [invoice('a', { invoiceNumber: '8' })], ['status']],
    ['other total', [issued('a')], [invoice('a', { total: 107 })], ['amount']],
    ['extra', [], [invoice('a')], ['extra']],
    ['two days', [issued('a'), issued('a', { invoiceDate: '2026-11-21' })], [invoice('a')], ['match', 'duplicate']],
    [
      'one sale twice',
      [issued('a'), issued('b')],
      [invoice('a', { sourceId: 's' }), invoice('b', { sourceId: 's' })],
      ['match', 'match', 'duplicate'],
    ],
    [
      'an adjustment is no double',
      [issued('a'), issued('b')],
      [invoice('a', { sourceId: 's' }), invoice('b', { sourceId: 's', origin: '100_ADJUSTMENT' })],
      ['match', 'match'],
    ],
    [
      'more taken back than it said',
      [
        issued('a'),
        issued('b', { kind: 'adjustment', number: 8, total: -60, original: ORIGINAL }),
        issued('c', { kind: 'adjustment', number: 9, total: -49, original: ORIGINAL }),
      ],
      [
        invoice('a', { sourceId: 's' }),
        invoice('b', { sourceId: 's', origin: '100_ADJUSTMENT', invoiceNumber: '8', total: -60 }),
        invoice('c', { sourceId: 's', origin: '100_ADJUSTMENT', invoiceNumber: '9', total: -49 }),
      ],
      ['match', 'match', 'match', 'amount'],
    ],
    ['a draft is not issued', [issued('a', { number: null })], [], []],
  ])('%s', (_name, books, invoices, expected) => {
    expect(kinds(compareInvoices(books, invoices))).toEqual(expected);
  });
});

describe('orders', () => {
  const file = (status: string): OrderFile =>
    ({ order: { id: 's', status, total: 100 }, paid: 100, findings: [] }) as unknown as OrderFile;
  it.each([
    ['both done', '303_COMPLETED', [{ sourceId: 's', status: '304_SETTLED', total: 100 }], ['match']],
    ['sale was not told', '203_PROCESSING', [{ sourceId: 's', status: '304_SETTLED', total: 100 }], ['status']],
    ['payment has not settled', '303_COMPLETED', [{ sourceId: 's', status: '300_PARTIAL', total: 100 }], ['status']],
    ['other totals', '303_COMPLETED', [{ sourceId: 's', status: '304_SETTLED', total: 99 }], ['amount']],
    ['open on both sides', '203_PROCESSING', [{ sourceId: 's', status: '100_NEW', total: 100 }], []],
  ])('%s', (_name, status, transactions, expected) => {
    expect(kinds(compareOrders([file(status)], transactions))).toEqual(expected);
  });
});
