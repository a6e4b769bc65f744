import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { vietnamDate } from '@nx/e-invoice';
import { repositoryRoot } from '@nx/testing';
import { Api, waitFor } from '../../../tools/demo/http.mjs';
import type { Merchant } from '../../../tools/demo/merchant.mjs';
import { Till, type Checkout, type Order } from '../../../tools/demo/sale.mjs';
import type { ProcessPlan, ServiceProcess } from '../../../tools/system.mjs';
import { CASH } from './choices';
import { insist } from './insist';
import { openShop, openWorld, QUICK, type Shop } from './world';
import { WallClock } from './wall-clock';

export const HOUR_MS = 3_600_000;

/** What a clock may do to a machine, as far as a person would not notice at once. */
export const JUMPS = [
  { name: 'ahead', byMs: 2 * HOUR_MS },
  { name: 'back', byMs: -2 * HOUR_MS },
] as const;
export type Jump = (typeof JUMPS)[number];

/** Whether it is the same day in Vietnam by a clock that is ahead by so much: an invoice of tomorrow is refused by every vendor. */
export const isToday = (aheadMs: number): boolean =>
  vietnamDate(new Date(Date.now() + aheadMs)) === vietnamDate(new Date());

const SERVICES = ['payment', 'invoice', 'signal'] as const;
type ServiceName = (typeof SERVICES)[number];

/** Pools, so that a process may give an id up and take another one. */
const NODE_IDS: Readonly<Record<ServiceName, string>> = { payment: '800-809', invoice: '850-859', signal: '901-909' };
/** Silent screens and those whose token is over are looked for all the time. */
const SWEPT_SOON = { APP_ENV_WEBSOCKET_HEARTBEAT_SWEEP_MS: '300', APP_ENV_WEBSOCKET_EXPIRY_SWEEP_MS: '300' };
const RENEWED_SOON = { APP_ENV_NODE_LEASE_MS: '3000', APP_ENV_NODE_RENEW_MS: '300' };

/** The shop over one process of each service, with a wall clock of its own each. */
export interface ClockedShop extends Shop {
  readonly clocks: Readonly<Record<ServiceName, WallClock>>;
  service(name: ServiceName): ServiceProcess;
  /** A token of identity that is valid from `fromMs` to `untilMs` from now. */
  token(persona: string, fromMs: number, untilMs: number): Promise<string>;
  /** A platform operator at payment. */
  readonly operator: Api;
}

export async function openClockedShop(name: string): Promise<ClockedShop> {
  const folder = join(repositoryRoot(), '.local', 'test', 'e2e', name);
  mkdirSync(folder, { recursive: true });
  const opened = await Promise.all(SERVICES.map((service) => WallClock.open(folder, service)));
  const clocks = Object.fromEntries(opened.map((clock, index) => [SERVICES[index], clock])) as ClockedShop['clocks'];
  const processes: ProcessPlan[] = SERVICES.map((service) => ({
    name: service,
    service,
    mode: 'full',
    overrides: { ...clocks[service].environment, ...RENEWED_SOON, ...SWEPT_SOON, APP_ENV_NODE_ID: NODE_IDS[service] },
  }));
  const shop = await openShop(await openWorld(name, { processes, overrides: QUICK }));
  const { world, merchant } = shop;
  const token = async (persona: string, fromMs: number, untilMs: number): Promise<string> => {
    const [nbf, exp] = [fromMs, untilMs].map((ms) => Math.floor((Date.now() + ms) / 1000));
    return (await world.sandbox.post('/identity/tokens', { persona, claims: { iat: nbf, nbf, exp } })).token;
  };
  // Whatever the clocks say, people are let in: what becomes of tokens is shown by tokens of their own.
  const long = (persona: string): Promise<string> => token(persona, -24 * HOUR_MS, 24 * HOUR_MS);
  const { owner, cashier, employee } = merchant.staff;
  const [owners, cashiers, employees] = await Promise.all(['owner', 'cashier', 'employee'].map(long));
  const staff: Merchant['staff'] = {
    owner: { ...owner, token: owners ?? '' },
    cashier: { ...cashier, token: cashiers ?? '' },
    employee: { ...employee, token: employees ?? '' },
  };
  const lasting = { ...merchant, staff };
  return {
    ...shop,
    merchant: lasting,
    till: new Till(world.urls, lasting),
    clocks,
    token,
    service: (wanted) => world.process(wanted),
    operator: new Api(world.urls.payment, { token: await long('operator') }),
  };
}

export interface Sold {
  readonly order: Order;
  readonly checked: Checkout;
}

/**
 * Cash at the counter, by a cashier who repeats what was not answered, under the same keys, and opens another attempt
 * when the one he has is over.
 */
export async function sellForCash(shop: Shop): Promise<Sold> {
  const { till, merchant } = shop;
  const order = await till.order({ channel: merchant.channels.counter });
  let checked = await open(shop, order, {});
  while (!(await takeCash(shop, checked))) {
    checked = await open(shop, order, { transactionId: checked.transaction.id });
  }
  return { order, checked };
}

const open = ({ till }: Shop, order: Order, more: { transactionId?: string }): Promise<Checkout> =>
  insist(till.cashier, 'POST', '/payments/checkout', till.checkoutBody(order, { ...CASH, ...more }), {
    'idempotency-key': randomUUID(),
  });

/** False when the attempt is over by the clock of payment. */
async function takeCash({ till }: Shop, { attempt }: Checkout): Promise<boolean> {
  const key = { 'idempotency-key': randomUUID() };
  const cash = { attempt: { id: attempt.id }, tendered: attempt.amount };
  const answer = await waitFor('an answer to the cashier', async (note) => {
    const given = await till.cashier.send('POST', '/payments/system/ipn', cash, key);
    note(given);
    return given.status === 503 ? null : given;
  });
  if (answer.status === 409 && answer.body.code === 'payment.attempt.expired') return false;
  if (answer.status !== 200) throw new Error(`cash was answered ${answer.status} ${JSON.stringify(answer.body)}`);
  return true;
}

/** Sells one after the other for as long as `work` lasts; the answer is what was sold, in its order. */
export async function sellingWhile(shop: Shop, work: (soFar: readonly Sold[]) => Promise<void>): Promise<Sold[]> {
  const sold: Sold[] = [];
  let isOpen = true;
  const counter = (async () => {
    while (isOpen) sold.push(await sellForCash(shop));
  })();
  try {
    await Promise.race([work(sold), counter]);
  } finally {
    isOpen = false;
    await counter;
  }
  return sold;
}
