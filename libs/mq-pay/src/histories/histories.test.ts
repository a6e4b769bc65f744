import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransactionState } from '../evidence/decision';
import { checkJournal } from '../posting/journal';
import type { JournalDraft } from '../posting/journal';
import { EVENTS } from './events.fixture';
import type { Dice } from './events.fixture';
import { isOpenChargeback, isOpenRefund, leftOf, Shop } from './shop.fixture';

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** What must hold after every step and does not, in words; one comparison is too cheap for an assertion each. */
function faultsOf(shop: Shop): string[] {
  const faults: string[] = [];
  const same = (what: string, is: bigint, should: bigint) =>
    is === should || faults.push(`${what} ${is}, not ${should}`);
  const holds = (what: string, right: boolean) => right || faults.push(what);
  const openRefunds = shop.refunds.filter(isOpenRefund);
  const openPayouts = shop.payouts.filter(({ status }) => status === 'OPEN');
  const contested = sum(shop.chargebacks.filter(isOpenChargeback).map(({ amountMinor }) => amountMinor));
  same('REFUND_PAYABLE', shop.balance('REFUND_PAYABLE'), sum(openRefunds.map(({ state }) => state.amountMinor)));
  same('PAYOUT_CLEARING', shop.balance('PAYOUT_CLEARING'), sum(openPayouts.map(({ amountMinor }) => amountMinor)));
  same('SUSPENSE', shop.balance('SUSPENSE'), sum(shop.items.map(leftOf)));
  same('CHARGEBACK_HELD', shop.balance('CHARGEBACK_HELD'), contested);
  same('CHARGEBACK_RESERVE', shop.balance('CHARGEBACK_RESERVE'), contested);
  same('FEES', shop.balance('FEES'), 0n);
  holds('MERCHANT_PAYABLE < 0', shop.balance('MERCHANT_PAYABLE') >= 0n);
  holds('BUYER_RECEIVABLE < 0', shop.balance('BUYER_RECEIVABLE') >= 0n);
  for (const sale of shop.sales) {
    const { paidMinor, totalMinor, refundedMinor, refundReservedMinor, chargedBackMinor } = sale.transaction;
    const owner = shop.balanceOf(sale, 'MERCHANT_OWN') + shop.balanceOf(sale, 'MERCHANT_PAYABLE');
    const left = paidMinor - refundedMinor - refundReservedMinor - chargedBackMinor;
    same(`OWNER of ${sale.id}`, owner - shop.balanceOf(sale, 'MERCHANT_RECEIVABLE'), left);
    same(`refunded of ${sale.id}`, sum(sale.attempts.map((attempt) => attempt.refundedMinor)), refundedMinor);
    const reserved = sum(sale.attempts.map((attempt) => attempt.refundReservedMinor));
    same(`reserved of ${sale.id}`, reserved, refundReservedMinor);
    holds(`paid of ${sale.id}`, paidMinor >= 0n && paidMinor <= totalMinor);
    holds(`counters of ${sale.id}`, refundedMinor >= 0n && refundReservedMinor >= 0n && chargedBackMinor >= 0n);
    holds(`status of ${sale.id}: ${sale.transaction.status}`, isRightStatus(sale.transaction));
  }
  for (const item of shop.items) {
    holds(`less than nothing in item ${item.id}`, leftOf(item) >= 0n);
    holds(`automatic refunds of ${item.id}`, item.automaticRefunds <= 1);
  }
  const busy = openRefunds.map(({ attempt }) => attempt);
  holds('two refunds of one attempt in flight', new Set(busy).size === busy.length);
  return faults;
}

function isRightStatus({ status, paidMinor, totalMinor, refundedMinor }: TransactionState): boolean {
  switch (status) {
    case '100_NEW':
    case '505_CANCELLED':
      return paidMinor === 0n;
    case '300_PARTIAL':
      return paidMinor > 0n && paidMinor < totalMinor && refundedMinor !== paidMinor;
    case '304_SETTLED':
      return paidMinor === totalMinor && refundedMinor !== paidMinor;
    case '408_REFUNDED':
      return refundedMinor > 0n && paidMinor <= refundedMinor;
    case '403_BLOCKED':
      return true;
  }
}

function expectJournals(journals: readonly JournalDraft[]): void {
  for (const journal of journals) expect(() => checkJournal(journal)).not.toThrow();
  expect(new Set(journals.map(({ key }) => key)).size).toBe(journals.length);
}

const NAMES = Object.keys(EVENTS) as readonly (keyof typeof EVENTS)[];
/** What moves money most is drawn more often. */
const WEIGHTED = [
  ...NAMES,
  'pay',
  'pay',
  'pay',
  'pay',
  'openRefund',
  'openRefund',
  'hearOfRefund',
  'hearOfRefund',
  'hearOfRefund',
  'refundSuspense',
] as const;
const die = fc.nat({ max: 35 });
const step = fc.tuple(fc.constantFrom(...WEIGHTED), fc.tuple(die, die, die));
const opening = fc.tuple(fc.constant('checkout' as const), fc.tuple(die, die, die));
const history = fc
  .tuple(fc.array(opening, { minLength: 1, maxLength: 2 }), fc.array(step, { maxLength: 80, size: 'max' }))
  .map(([first, rest]) => [...first, ...rest]);

function play(shop: Shop, name: keyof typeof EVENTS, dice: Dice): void {
  const closed = EVENTS[name](shop, dice);
  if (typeof closed === 'string') {
    const left = shop.balanceWith('PROVIDER_RECEIVABLE', closed);
    expect(left, 'PROVIDER_RECEIVABLE of a closed batch').toBe(0n);
  }
}

describe('the books of a shop', () => {
  it('are in order after every step of any history', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const shop = new Shop();
        for (const [name, dice] of steps) {
          play(shop, name, dice);
          const faults = faultsOf(shop);
          if (faults.length > 0) expect.fail(`after ${name} ${dice.join(' ')}: ${faults.join('; ')}`);
        }
        expectJournals(shop.journals);
      }),
    );
  });

  it('see every kind of journal in some histories of one seed, so that the property is about all of them', () => {
    const kinds = new Set<string>();
    for (const steps of fc.sample(history, { numRuns: 300, seed: 7 })) {
      const shop = new Shop();
      for (const [name, dice] of steps) play(shop, name, dice);
      for (const { kind } of shop.journals) kinds.add(kind);
    }
    expect([...kinds].sort()).toEqual([
      'ADJUSTMENT',
      'BANK_CLAIM_PROVEN',
      'CASH_BANKED',
      'CHARGEBACK_LOST',
      'CHARGEBACK_OPENED',
      'CHARGEBACK_WON',
      'CORRECTION',
      'FEE_CHARGED',
      'FEE_RECHARGED',
      'PAYMENT_REVERSED',
      'PAYMENT_SUCCESS',
      'PAYOUT_FAILED',
      'PAYOUT_PAID',
      'PAYOUT_RESERVED',
      'PAYOUT_RETURNED',
      'REFUND_FAILED',
      'REFUND_OPENED',
      'REFUND_SUCCEEDED',
      'REFUND_SUCCEEDED_AFTER_FAILURE',
      'SETTLEMENT_BANKED',
      'SETTLEMENT_REPORTED',
      'SUSPENSE_ACCEPTED',
    ]);
  });
});
