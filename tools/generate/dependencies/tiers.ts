/** How much depends on something: T0 is the money itself, T4 is looked at afterwards (specification of operations §1). */
export type Tier = 'T0' | 'T1' | 'T2' | 'T3' | 'T4';

export const TIER_MEANINGS: Readonly<Record<Tier, string>> = {
  T0: 'ledger and payment tables, key ring',
  T1: 'payment core: checkout, callbacks, providers, refunds, what an operator may freeze and decide',
  T2: 'invoice issuance, webhook delivery, what siblings are told and tell',
  T3: 'signal, rooms, inbox',
  T4: 'analytics',
};

/** The tier of each folder of an app; a folder without one is refused. */
export const MODULE_TIERS: Readonly<Record<string, Tier>> = {
  'payment/ledger': 'T0',
  'payment/transactions': 'T0',
  'payment/checkout': 'T1',
  'payment/ipn': 'T1',
  'payment/providers': 'T1',
  'payment/configurations': 'T1',
  'payment/refunds': 'T1',
  'payment/chargebacks': 'T1',
  'payment/operations': 'T1',
  'payment/webhooks': 'T2',
  'payment/publishing': 'T2',
  'payment/invoices-in': 'T2',
  'payment/rooms': 'T3',
  'invoice/administrative-units': 'T2',
  'invoice/authority': 'T2',
  'invoice/claims': 'T2',
  'invoice/corrections': 'T2',
  'invoice/dead-letters': 'T2',
  'invoice/failover': 'T2',
  'invoice/findings': 'T2',
  'invoice/invoices': 'T2',
  'invoice/issuance': 'T2',
  'invoice/merchants-in': 'T2',
  'invoice/operations': 'T2',
  'invoice/partitions': 'T2',
  'invoice/payments-in': 'T2',
  'invoice/providers': 'T2',
  'invoice/publishing': 'T2',
  'invoice/refunds-in': 'T2',
  'invoice/resync': 'T2',
  'invoice/tax-info': 'T2',
  'invoice/webhooks': 'T2',
  'invoice/rooms': 'T3',
  'signal/bus': 'T3',
  'signal/clients': 'T3',
  'signal/dead-letters': 'T3',
  'signal/notifications': 'T3',
  'signal/resume': 'T3',
  'signal/stream': 'T3',
};

/** What each Deployment serves first. */
export const PROCESS_TIERS: Readonly<Record<string, Tier>> = {
  'payment-api': 'T1',
  'payment-ipn': 'T1',
  'payment-worker': 'T1',
  invoice: 'T2',
  'invoice-worker': 'T2',
  signal: 'T3',
};

const MONEY: ReadonlySet<Tier> = new Set(['T0', 'T1']);
const EDGE: ReadonlySet<Tier> = new Set(['T3', 'T4']);

/** Money decides without what is shown: T0 and T1 never depend on T3 or T4. */
export const isForbidden = (from: Tier, to: Tier): boolean => MONEY.has(from) && EDGE.has(to);
