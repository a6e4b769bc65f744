import { describe, expect, it } from 'vitest';
import type { Evidence } from './evidence';
import { AFTER_END, asked, EXPIRES_AT, paid, stateOf } from './evidence.fixture';
import { fold, merge } from './merge';

/** The longest order: every kind of evidence once, or some of them again. */
const LONGEST = 5;

const said = { source: 'OPERATOR', signed: false, receivedAtMs: AFTER_END + 5_000 } as const;

/** What an operator may say about an attempt that was paid, or was not. */
const STATEMENTS: Readonly<Record<string, (paidAtMs: number | undefined) => Evidence>> = {
  'approves it': (paidAtMs = EXPIRES_AT - 2_000) => paid({ ...said, paidAtMs }),
  'refuses it': () => ({ ...said, verdict: 'DECLINED', finalStatus: '500_FAIL', code: 'OPERATOR' }),
  'names another payment': () => paid({ ...said, providerReference: 'R9', paidAtMs: EXPIRES_AT - 500 }),
  'names a payment of another amount': () => paid({ ...said, providerReference: 'R9', amountMinor: 70n }),
};

/** The same payment as the callback, the return, a question and the look after the end tell of it. */
const TRUTHS: Readonly<Record<string, readonly [Evidence, Evidence, Evidence, Evidence]>> = {
  'paid in time': [
    paid(),
    paid({ source: 'RETURN' }),
    paid({ source: 'QUERY', receivedAtMs: AFTER_END }),
    paid({ source: 'QUERY', receivedAtMs: AFTER_END + 1 }),
  ],
  'paid, while the provider denies it when asked': [paid(), paid({ source: 'RETURN' }), asked(), asked()],
  'paid too late': [
    paid({ paidAtMs: AFTER_END }),
    paid({ source: 'RETURN' }),
    paid({ source: 'QUERY', paidAtMs: AFTER_END, receivedAtMs: AFTER_END }),
    asked({ verdict: 'PENDING', code: '08' }),
  ],
  declined: [
    {
      source: 'IPN',
      verdict: 'DECLINED',
      signed: true,
      receivedAtMs: EXPIRES_AT,
      code: '24',
      finalStatus: '505_CANCELLED',
    },
    paid({ source: 'RETURN' }),
    asked(),
    asked({ askedAtMs: EXPIRES_AT }),
  ],
};

const orders = (items: readonly Evidence[]): Evidence[][] => {
  let last: Evidence[][] = [[]];
  const all: Evidence[][] = [];
  for (let length = 1; length <= LONGEST; length += 1) {
    last = last.flatMap((order) => items.map((item) => [...order, item]));
    all.push(...last);
  }
  return all;
};

/** Of several denials the first names the end of an attempt; of two payments that could pay it, the first heard of does. */
const endOf = (order: readonly Evidence[]): string => {
  const { state, findings } = fold(stateOf(), order);
  const { attempt, transaction } = state;
  const status = ['500_FAIL', '501_EXPIRED', '505_CANCELLED'].includes(attempt.status) ? 'DENIED' : attempt.status;
  const kept = attempt.payments.map(({ amountMinor, appliedMinor, suspenseMinor }) => [
    amountMinor,
    appliedMinor,
    suspenseMinor,
  ]);
  return [status, transaction.status, transaction.paidMinor, ...kept.map(String).toSorted(), ...findings].join(' | ');
};

const CASES = Object.keys(TRUTHS).flatMap((truth) => Object.keys(STATEMENTS).map((what) => [truth, what] as const));

describe.each(CASES)('evidence that it was %s, of which an operator %s, in any order and number', (truth, what) => {
  it('comes to one end, with its effects once', () => {
    const told = TRUTHS[truth] ?? [];
    const statement = STATEMENTS[what]?.(told[0]?.paidAtMs);
    const pieces = [...told, ...(statement === undefined ? [] : [statement])];
    expect(pieces).toHaveLength(5);
    const ends = new Map<string, Set<string>>();
    for (const order of orders(pieces)) {
      const parts = pieces.map((piece) => order.includes(piece)).join();
      const known = ends.get(parts) ?? new Set();
      ends.set(parts, known.add(endOf(order)));
    }
    expect(ends.size).toBe(31);
    expect([...ends.values()].filter((known) => known.size > 1).map((known) => [...known])).toEqual([]);
    expect(merge(stateOf(), pieces)).toEqual(merge(stateOf(), [...pieces, ...pieces].toReversed()));
  });
});
