import { eventually } from '@nx/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import {
  EVIDENCE_LANES,
  STATEMENTS,
  type Evidence,
  type EvidenceLane,
  type Statement,
  type Truth,
} from '../testing/evidence-lane.fixture';
import { now, PaymentWorld } from '../testing/payment-world.fixture';

const LONG = process.env['TEST_LONG'] === '1';
/** Which orders a short run takes: others each day. */
const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(now() / 86_400_000));
/**
 * Of orders up to `longest` all are played that are not longer than `whole`, and `sample` of all; a short run has a
 * sample alone.
 */
interface Extent {
  readonly longest: number;
  readonly whole: number;
  readonly sample: number;
}
const EXTENT: Extent = { longest: 5, whole: LONG ? 4 : 0, sample: LONG ? 100 : 12 };
/** Of orders in which an operator speaks, for each of his statements. */
const EXTENT_WITH_OPERATOR: Extent = { longest: 4, whole: LONG ? 3 : 0, sample: LONG ? 40 : 1 };
/** Cases at once: each has a terminal and a merchant of its own. */
const LANES = 6;

let world: PaymentWorld;
const lanes = new Map<string, EvidenceLane[]>();
beforeAll(async () => {
  // Nothing looks by itself: every look is one of the evidence that a case is made of. One operator is enough here.
  world = await PaymentWorld.start({
    extra: { APP_ENV_PAYMENT_SWEEP_MS: '3600000', APP_ENV_OPERATOR_LIMIT_MINOR: '100000' },
  });
  for (const [provider, open] of Object.entries(EVIDENCE_LANES)) {
    lanes.set(provider, await Promise.all(Array.from({ length: LANES }, () => open(world))));
  }
});
afterAll(async () => {
  await world.stop();
  await Promise.all([...lanes.values()].flat().map((lane) => lane.close()));
});

const MINUTE = 60_000;
/** All attempts of these cases ended ten minutes ago, so that only the order differs in which evidence comes. */
const TRUTHS: Readonly<Record<string, () => Truth>> = {
  'paid in time': () => ({ amount: 100_000, paidAtMs: now() - 15 * MINUTE, asked: 'PAID' }),
  'paid too late': () => ({ amount: 100_000, paidAtMs: now() - 5 * MINUTE, asked: 'PAID' }),
  'paid with another amount': () => ({ amount: 90_000, paidAtMs: now() - 15 * MINUTE, asked: 'PAID' }),
  'paid, while the provider still denies it when asked': () => ({
    amount: 100_000,
    paidAtMs: now() - 15 * MINUTE,
    asked: 'DECLINED',
  }),
  declined: () => ({ amount: 100_000, paidAtMs: null, asked: 'DECLINED' }),
};

/** Every sequence of up to `longest` of these: all permutations of all their parts, with repetition. */
const sequences = (kinds: readonly Evidence[], longest: number): Evidence[][] => {
  const all: Evidence[][] = [];
  let last: Evidence[][] = [[]];
  for (let length = 1; length <= longest; length += 1) {
    last = last.flatMap((sequence) => kinds.map((kind) => [...sequence, kind]));
    all.push(...last);
  }
  return all;
};

/** Of several denials the one that came first names the end of an attempt; nothing else depends on it. */
const NAMES_OF_DENIAL: readonly unknown[] = ['500_FAIL', '501_EXPIRED', '505_CANCELLED'];

/** What an attempt came to, without ids and times. */
const endOf = async (transactionId: string): Promise<object> => {
  const rows = (text: string): Promise<object[]> => world.sql(text, [transactionId]);
  const [transactions, attempts, journals, events, suspense, findings] = await Promise.all([
    rows('SELECT status, paid::int, open_amount::int FROM "Transaction" WHERE id = $1'),
    world.sql<{ status: string }>(
      'SELECT type, status, applied_amount::int, refunded::int FROM "PaymentAttempt" WHERE transaction_id = $1',
      [transactionId],
    ),
    rows(`SELECT j.kind, string_agg(a.type || ' ' || e.side || ' ' || e.amount, ', ' ORDER BY e.line) AS entries
          FROM "LedgerJournal" j JOIN "LedgerEntry" e ON e.journal_id = j.id JOIN "LedgerAccount" a ON a.id = e.account_id
          WHERE j.transaction_id = $1 GROUP BY j.id, j.kind ORDER BY 1, 2`),
    rows(`SELECT event_type, count(*)::int FROM "Outbox" WHERE aggregate_id = $1
            AND event_type IN ('mq-pay:attempt.success', 'mq-pay:transaction.settled', 'PAYMENT_SUCCESS')
          GROUP BY 1 ORDER BY 1`),
    rows('SELECT reason, amount::int, accepted::int FROM "SuspenseItem" WHERE transaction_id = $1 ORDER BY 1, 2'),
    rows('SELECT code, count(*)::int FROM "Finding" WHERE transaction_id = $1 GROUP BY 1 ORDER BY 1'),
  ]);
  const ends = attempts.map((row) => (NAMES_OF_DENIAL.includes(row.status) ? { ...row, status: 'DENIED' } : row));
  return { transactions, attempts: ends, journals, events, suspense, findings };
};

/** Plays one order of evidence about one new attempt, each piece to its end before the next one comes. */
async function play(lane: EvidenceLane, truth: Truth, sequence: readonly Evidence[]): Promise<object> {
  const sale = await lane.open();
  await world.age(sale.attemptId, 25 * MINUTE);
  for (const kind of sequence) {
    await lane.bring(kind, sale, truth);
    await eventually(async () => {
      const [row] = await world.sql<{ open: number }>(
        'SELECT count(*)::int AS open FROM "IpnInbox" WHERE transaction_id = $1 AND processed_at IS NULL',
        [sale.transactionId],
      );
      return row?.open === 0;
    });
  }
  return endOf(sale.transactionId);
}

/** Runs the cases on as many lanes as there are; the first failure ends it, when the lanes are free for the next test. */
async function onLanes<T>(
  own: readonly EvidenceLane[],
  cases: readonly T[],
  run: (lane: EvidenceLane, one: T) => Promise<void>,
) {
  const left = [...cases];
  const runs = own.map(async (lane) => {
    try {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await run(lane, one);
    } finally {
      left.length = 0;
    }
  });
  await Promise.allSettled(runs);
  await Promise.all(runs);
}

/** Plays all of these; what is made of the same parts must come to the same. Returns what each set of parts came to. */
async function endAlike(
  own: readonly EvidenceLane[],
  truthOf: () => Truth,
  cases: readonly (readonly Evidence[])[],
): Promise<ReadonlyMap<string, object>> {
  const expected = new Map<string, object>();
  await onLanes(own, [...new Set(cases.map(partsOf))], async (lane, parts) => {
    expected.set(parts, await play(lane, truthOf(), parts.split(' ') as Evidence[]));
  });
  await onLanes(own, cases, async (lane, sequence) => {
    expect(await play(lane, truthOf(), sequence), sequence.join(' ')).toEqual(expected.get(partsOf(sequence)));
  });
  await expectBooksInOrder(world);
  return expected;
}

const partsOf = (sequence: readonly Evidence[]): string => [...new Set(sequence)].toSorted().join(' ');
const chosen = (all: Evidence[][], { whole, sample }: Extent): Evidence[][] => [
  ...all.filter(({ length }) => length <= whole),
  ...fc.sample(fc.constantFrom(...all), { numRuns: sample, seed: SEED }),
];
const truthNamed = (name: string): (() => Truth) => {
  const truthOf = TRUTHS[name];
  if (truthOf === undefined) throw new Error(`no truth ${name}`);
  return truthOf;
};

const settled = { transactions: [{ status: '304_SETTLED', paid: 100_000 }], attempts: [{ status: '302_SUCCESS' }] };
const aside = {
  transactions: [{ status: '100_NEW', paid: 0 }],
  attempts: [{ status: '302_SUCCESS', applied_amount: 0 }],
};
/** What evidence of every kind must come to, whatever the order. */
const ENDS: Readonly<Record<string, object>> = {
  'paid in time': { ...settled, journals: [{}], suspense: [] },
  'paid too late': { ...aside, journals: [{}], suspense: [{ reason: 'LATE_SUCCESS', amount: 100_000 }] },
  'paid with another amount': { ...aside, journals: [{}], suspense: [{ reason: 'WRONG_AMOUNT', amount: 90_000 }] },
  'paid, while the provider still denies it when asked': { ...settled, journals: [{}], suspense: [] },
  declined: { transactions: [{ status: '100_NEW', paid: 0 }], journals: [], events: [], suspense: [], findings: [] },
};

/** What comes of it when an operator speaks as well, by what he says; the rest is as without him. */
const ENDS_WITH_OPERATOR: Readonly<Record<Statement, Readonly<Record<string, object>>>> = {
  approved: { ...ENDS, declined: { ...settled, journals: [{}], suspense: [] } },
  refused: ENDS,
  contradicted: {
    'paid in time': { ...settled, journals: [{}, {}], suspense: [{ reason: 'SECOND_PAYMENT', amount: 100_000 }] },
    'paid too late': { ...settled, journals: [{}, {}], suspense: [{ reason: 'LATE_SUCCESS', amount: 100_000 }] },
    'paid with another amount': {
      ...settled,
      journals: [{}, {}],
      suspense: [{ reason: 'WRONG_AMOUNT', amount: 90_000 }],
    },
    'paid, while the provider still denies it when asked': {
      ...settled,
      journals: [{}, {}],
      suspense: [{ reason: 'SECOND_PAYMENT', amount: 100_000 }],
    },
    declined: { ...settled, journals: [{}], suspense: [] },
  },
};

describe.each(Object.keys(EVIDENCE_LANES))(`evidence about an attempt over %s (seed ${SEED})`, (provider) => {
  const own = (): readonly EvidenceLane[] => lanes.get(provider) ?? [];
  const kindsOf = (): readonly Evidence[] => own()[0]?.kinds ?? [];

  it.each(Object.keys(TRUTHS))('that was %s ends alike in every order, however often it comes', async (name) => {
    const kinds = kindsOf();
    const cases = chosen(sequences(kinds, EXTENT.longest), EXTENT);
    const ends = await endAlike(own(), truthNamed(name), [...cases, [...kinds]]);
    expect(ends.get(partsOf(kinds))).toMatchObject(ENDS[name] ?? {});
  });

  const statements = STATEMENTS.flatMap((statement) => Object.keys(TRUTHS).map((name) => [statement, name] as const));
  it.each(statements)('that an operator %s, and that was %s, ends alike in every order', async (statement, name) => {
    const kinds: Evidence[] = [...kindsOf(), statement];
    const spoken = sequences(kinds, EXTENT_WITH_OPERATOR.longest).filter((order) => order.includes(statement));
    // After what an operator has said the schedule asks no more, unless he says what the provider says: a payment of the
    // provider is heard of by its callback in the end.
    const last: Evidence[] = statement === 'approved' ? [] : ['ipn'];
    const cases = [...chosen(spoken, EXTENT_WITH_OPERATOR), kinds, kinds.toReversed()].map((order) => [
      ...order,
      ...last,
    ]);
    const ends = await endAlike(own(), truthNamed(name), cases);
    expect(ends.get(partsOf(kinds))).toMatchObject(ENDS_WITH_OPERATOR[statement][name] ?? {});
  });
});
