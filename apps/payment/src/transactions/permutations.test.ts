import { eventually } from '@nx/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import { EVIDENCE_LANES, type Evidence, type EvidenceLane, type Truth } from '../testing/evidence-lane.fixture';
import { now, PaymentWorld } from '../testing/payment-world.fixture';

const LONG = process.env['TEST_LONG'] === '1';
/** Which orders a short run takes: others each day. */
const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(now() / 86_400_000));
const LONGEST = 5;
/** Cases at once: each has a terminal and a merchant of its own. */
const LANES = 6;
const SAMPLE = 12;

let world: PaymentWorld;
const lanes = new Map<string, EvidenceLane[]>();
beforeAll(async () => {
  // Nothing looks by itself: every look is one of the evidence that a case is made of.
  world = await PaymentWorld.start({ extra: { APP_ENV_PAYMENT_SWEEP_MS: '3600000' } });
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

/** What an attempt came to, without ids and times. */
const endOf = async (transactionId: string): Promise<object> => {
  const rows = (text: string): Promise<object[]> => world.sql(text, [transactionId]);
  const [transactions, attempts, journals, events, suspense, findings] = await Promise.all([
    rows('SELECT status, paid::int, open_amount::int FROM "Transaction" WHERE id = $1'),
    rows('SELECT type, status, applied_amount::int FROM "PaymentAttempt" WHERE transaction_id = $1'),
    rows(`SELECT j.kind, string_agg(a.type || ' ' || e.side || ' ' || e.amount, ', ' ORDER BY e.line) AS entries
          FROM "LedgerJournal" j JOIN "LedgerEntry" e ON e.journal_id = j.id JOIN "LedgerAccount" a ON a.id = e.account_id
          WHERE j.transaction_id = $1 GROUP BY j.id, j.kind`),
    rows(`SELECT event_type, count(*)::int FROM "Outbox" WHERE aggregate_id = $1
            AND event_type IN ('mq-pay:attempt.success', 'mq-pay:transaction.settled', 'PAYMENT_SUCCESS')
          GROUP BY 1 ORDER BY 1`),
    rows('SELECT reason, amount::int, accepted::int FROM "SuspenseItem" WHERE transaction_id = $1'),
    rows('SELECT code, count(*)::int FROM "Finding" WHERE transaction_id = $1 GROUP BY 1 ORDER BY 1'),
  ]);
  return { transactions, attempts, journals, events, suspense, findings };
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

/** Runs the cases on as many lanes as there are; the first failure ends it. */
async function onLanes<T>(
  own: readonly EvidenceLane[],
  cases: readonly T[],
  run: (lane: EvidenceLane, one: T) => Promise<void>,
) {
  const left = [...cases];
  await Promise.all(
    own.map(async (lane) => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await run(lane, one);
    }),
  );
}

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

describe.each(Object.keys(EVIDENCE_LANES))(`evidence about an attempt over %s (seed ${SEED})`, (provider) => {
  it.each(Object.keys(TRUTHS))('that was %s ends alike in every order, however often it comes', async (name) => {
    const own = lanes.get(provider) ?? [];
    const kinds = own[0]?.kinds ?? [];
    const truthOf = TRUTHS[name] ?? (() => ({ amount: 0, paidAtMs: null, asked: 'DECLINED' as const }));
    const all = sequences(kinds, LONGEST);
    const cases = LONG ? all : fc.sample(fc.constantFrom(...all), { numRuns: SAMPLE, seed: SEED });
    const keyOf = (sequence: readonly Evidence[]): string => [...new Set(sequence)].toSorted().join(' ');
    const expected = new Map<string, object>();
    const sets = [...new Set([...cases.map(keyOf), keyOf(kinds)])];
    await onLanes(own, sets, async (lane, key) => {
      expected.set(key, await play(lane, truthOf(), key.split(' ') as Evidence[]));
    });
    expect(expected.get(keyOf(kinds))).toMatchObject(ENDS[name] ?? {});
    await onLanes(own, cases, async (lane, sequence) => {
      expect(await play(lane, truthOf(), sequence), sequence.join(' ')).toEqual(expected.get(keyOf(sequence)));
    });
    await expectBooksInOrder(world);
  });
});
