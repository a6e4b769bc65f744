/* eslint-disable @typescript-eslint/no-explicit-any */
import type { Api } from './http.mjs';
import type { Channel, DemoUrls, Merchant } from './merchant.mjs';

type Person = 'owner' | 'cashier' | 'employee';
type Wait = { timeoutMs?: number; everyMs?: number };

export interface Item {
  name: string;
  unit?: string;
  quantity: number | string;
  unitPrice: number | string;
  discount?: number;
  taxRate?: number;
}

export interface OrderOptions {
  items?: readonly Item[];
  channel?: Channel;
  buyer?: Readonly<Record<string, string>>;
  options?: Readonly<Record<string, unknown>>;
}

export interface CheckoutOptions {
  provider?: string;
  method?: string;
  amount?: number;
  transactionId?: string;
  key?: string;
}

/** An order of sale; `total` in đồng. */
export interface Order {
  readonly id: string;
  readonly number: string;
  readonly total: number;
}

/** What payment answers a checkout: the sale, its attempt in đồng, and of what the buyer is shown that of its method. */
export interface Checkout {
  readonly transaction: { readonly id: string; readonly status: string };
  readonly attempt: { readonly id: string; readonly uid: string; readonly amount: number; readonly status: string };
  readonly payment: { readonly qrCode: string; readonly qrTrace: string; readonly payUrl: string };
}

export const ITEMS: readonly Item[];

export class Till {
  constructor(urls: DemoUrls, merchant: Merchant);
  readonly urls: DemoUrls;
  readonly merchant: Merchant;
  readonly sandbox: Api;
  readonly cashier: Api;
  readonly owner: Api;
  readonly invoices: Api;
  order(options?: OrderOptions): Promise<Order>;
  checkoutBody(order: Order, options?: CheckoutOptions): object;
  checkout(order: Order, options?: CheckoutOptions): Promise<Checkout>;
  receive(attempt: { id: string }, tendered: number, headers?: Record<string, string>): Promise<any>;
  pay(checkout: Checkout, more?: Readonly<Record<string, unknown>>): Promise<any>;
  transaction(id: string, status: string, options?: Wait): Promise<any>;
  deliveries(transactionId: string): Promise<any[]>;
  delivered(transactionId: string, eventType: string, options?: Wait): Promise<any>;
  orderIn(orderId: string, status: string, options?: Wait): Promise<any>;
  invoice(orderId: string, status?: string, options?: Wait): Promise<any>;
  inbox(person: Person, query?: string): Promise<any[]>;
  notification(person: Person, type: string, fits: (row: any) => boolean, options?: Wait): Promise<any>;
}
