import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PaymentState } from './decision';
import type { Evidence } from './evidence';
import { AFTER_END, asked, EXPIRES_AT, paid, reversed, stateOf } from './evidence.fixture';
import { fold, merge } from './merge';

/** An attempt that ended without money; which of several negatives came first names its end, and nothing else. */
const ENDS: readonly string[] = ['500_FAIL', '501_EXPIRED', '505_CANCELLED'];

/** What must not depend on order: states, money, and per reference where the money lies. */
function endOf({ attempt, transaction }: PaymentState) {
  return {
    attempt: ENDS.includes(attempt.status) ? 'ENDED' : attempt.status,
    transaction: transaction.status,
    paid: transaction.paidMinor,
    payments: attempt.payments
      // What of a payment counted before it was taken back, and why it waited, is history.
      .map(({ heldBy: _why, ...payment }) => (payment.reversed ? { ...payment, appliedMinor: 0n } : payment))
      .toSorted((left, right) => (left.providerReference < right.providerReference ? -1 : 1)),
  };
}

const notes: readonly Evidence[] = [
  { source: 'IPN', verdict: 'DECLINED', signed: true, receivedAtMs: EXPIRES_AT - 5_000, code: '51' },
  asked({ askedAtMs: EXPIRES_AT - 30_000 }),
  asked({ verdict: 'PENDING', code: '08' }),
  asked({ verdict: 'NO_ANSWER' }),
  asked(),
  asked({ verdict: 'DECLINED', code: '04' }),
  asked({ verdict: 'IN_DOUBT', askedAtMs: 1 }),
  paid({ source: 'QUERY', signed: false }),
  paid({ source: 'RETURN' }),
  {
    source: 'IPN',
    verdict: 'DECLINED',
    signed: true,
    receivedAtMs: EXPIRES_AT,
    code: '24',
    finalStatus: '505_CANCELLED',
  },
  { source: 'IPN', verdict: 'DECLINED', signed: true, receivedAtMs: EXPIRES_AT, code: '51', finalStatus: '500_FAIL' },
  { source: 'OPERATOR', verdict: 'DECLINED', signed: false, receivedAtMs: EXPIRES_AT, finalStatus: '501_EXPIRED' },
  asked({ source: 'IPN', signed: true, verdict: 'DECLINED', finalStatus: '505_CANCELLED', amountMinor: 99n }),
];

/** A success whose time only the other statements know. */
const { paidAtMs: _time, ...timeless } = paid({ receivedAtMs: AFTER_END });

/** The payments that one attempt may see without ambiguity: one that can pay it, and others that never can. */
const payments: readonly Evidence[] = [
  paid(),
  paid({ source: 'QUERY', receivedAtMs: AFTER_END }),
  paid({ source: 'REPORT', signed: false, receivedAtMs: AFTER_END }),
  timeless,
  paid({ providerReference: 'LATE', paidAtMs: AFTER_END }),
  paid({ providerReference: 'ODD', amountMinor: 70n }),
];

const reversals: readonly Evidence[] = [
  reversed(),
  reversed({ source: 'OPERATOR' }),
  reversed({ source: 'IPN', signed: true }),
  reversed({ providerReference: 'LATE' }),
];

const starts: readonly PaymentState[] = [
  stateOf(),
  stateOf({ status: '100_NEW' }),
  stateOf({ status: '000_UNKNOWN', createLostAtMs: EXPIRES_AT - 60_000 }),
  stateOf({ status: '505_CANCELLED' }),
  stateOf({}, { totalMinor: 250n, paidMinor: 200n, status: '300_PARTIAL' }),
  stateOf({}, { status: '505_CANCELLED' }),
  stateOf({}, { status: '403_BLOCKED' }),
  stateOf({}, { status: '304_SETTLED', paidMinor: 100n, refundedMinor: 30n }),
];

const someOf = (items: readonly Evidence[]) => fc.array(fc.constantFrom(...items), { maxLength: 6 });

describe('merge', () => {
  it('ends alike for every order and every repetition', () => {
    const evidence = fc
      .tuple(someOf(notes), someOf(payments), someOf(reversals))
      .map(([first, second, third]) => [...first, ...second, ...third])
      .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }).map((shuffled) => ({ all, shuffled })));
    fc.assert(
      fc.property(fc.constantFrom(...starts), evidence, ({ attempt, transaction }, { all, shuffled }) => {
        const start = { attempt, transaction };
        const expected = endOf(merge(start, all).state);
        expect(endOf(fold(start, shuffled).state)).toEqual(expected);
        expect(endOf(fold(start, [...shuffled, ...all]).state)).toEqual(expected);
        expect(merge(start, shuffled)).toEqual(merge(start, [...all, ...shuffled]));
      }),
    );
  });

  it('walks all 120 orders of a payment with everything that can be said against it', () => {
    const all = [
      paid(),
      asked(),
      asked({ verdict: 'NO_ANSWER' }),
      paid({ source: 'REPORT', signed: false }),
      notes[0] ?? paid(),
    ];
    const ends = new Set(
      permutations(all).map((order) => JSON.stringify(endOf(fold(stateOf(), order).state), bigints)),
    );
    expect(permutations(all)).toHaveLength(120);
    expect(ends.size).toBe(1);
    expect([...ends][0]).toContain('"attempt":"302_SUCCESS","transaction":"304_SETTLED","paid":"100"');
  });

  it('lets the earlier of two good payments pay, and keeps every đồng of both in any order', () => {
    const second = paid({ providerReference: 'R0', paidAtMs: EXPIRES_AT - 1_500 });
    expect(merge(stateOf(), [second, paid()]).state.attempt.providerReference).toBe('R1');
    for (const order of permutations([paid(), second, reversed(), asked()])) {
      const { state } = fold(stateOf(), order);
      const applied = state.attempt.payments.reduce((sum, item) => sum + (item.reversed ? 0n : item.appliedMinor), 0n);
      const kept = state.attempt.payments.reduce(
        (sum, item) => sum + (item.reversed ? 0n : item.appliedMinor + item.suspenseMinor),
        0n,
      );
      expect(state.transaction.paidMinor).toBe(applied);
      expect(kept).toBe(100n);
    }
  });

  it('collects findings once, whatever the order', () => {
    const all = [
      paid({ providerReference: 'LATE', paidAtMs: AFTER_END }),
      paid(),
      paid({ providerReference: 'ODD', amountMinor: 70n }),
    ];
    for (const order of permutations(all)) {
      expect(fold(stateOf(), [...order, ...order]).findings).toEqual(['LATE_SUCCESS', 'WRONG_AMOUNT']);
    }
  });
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
