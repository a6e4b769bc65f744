import { describe, expect, it } from 'vitest';
import { cleanWorld } from './clean-world.fixture';
import { headline, judge } from './judge';
import { unfinished } from './oracle';
import type { Records, Truth, World } from './world';

/** The clean world with one list of the truth, or of our records, changed, as by an accident or a hand in the tables. */
function inTruth<K extends keyof Truth>(list: K, change: (rows: Truth[K]) => Truth[K]): World {
  const world = cleanWorld();
  return { ...world, truth: { ...world.truth, [list]: change(world.truth[list]) } };
}

function inRecords<K extends keyof Records>(list: K, change: (rows: Records[K]) => Records[K]): World {
  const world = cleanWorld();
  return { ...world, records: { ...world.records, [list]: change(world.records[list]) } };
}

/** The rows without one, with members of one changed, or with such a one added. */
const without =
  (index: number) =>
  <T>(rows: readonly T[]): T[] =>
    rows.filter((_, at) => at !== index);
const changed =
  (index: number, members: object) =>
  <T>(rows: readonly T[]): T[] =>
    rows.map((row, at) => (at === index ? { ...row, ...members } : row));
const added =
  (index: number, members: object) =>
  <T>(rows: readonly T[]): T[] => [...rows, ...changed(index, members)(rows).slice(index, index + 1)];

const entries = (index: number, by: number) => (rows: Records['journals']) =>
  rows.map((row, at) =>
    at === index ? { ...row, entries: row.entries.map((entry) => ({ ...entry, amount: entry.amount * by })) } : row,
  );

/** What is wrong with a world, the kind that must be found, and about what. */
const WORLDS: readonly (readonly [name: string, world: World, kind: string, subject: string])[] = [
  ['a charge without a journal', inRecords('journals', without(0)), 'LOST', 'VNPAY_QR_MMS 111'],
  [
    'money that the provider took and we never heard of',
    inTruth('charges', added(0, { reference: '333' })),
    'LOST',
    'VNPAY_QR_MMS 333',
  ],
  [
    'a charge booked twice',
    inRecords('journals', added(0, { key: 'attempt:a9:success:111' })),
    'DUPLICATED',
    'VNPAY_QR_MMS 111',
  ],
  ['a charge booked with another amount', inRecords('journals', entries(0, 2)), 'UNEXPLAINED', 'VNPAY_QR_MMS 111'],
  ['money booked that nobody paid', inTruth('charges', without(1)), 'UNEXPLAINED', 'VNPAY_QR_MMS 222'],
  ['a refund that the provider paid and we have not', inRecords('refunds', without(0)), 'LOST', 'VNPAY_QR_MMS 111'],
  [
    'a refund that we call failed',
    inRecords('refunds', changed(0, { status: 'FAILED' })),
    'DUPLICATED',
    'VNPAY_QR_MMS 111',
  ],
  ['a refund that we call paid and nobody paid', withTruthRefunds([]), 'LOST', 'VNPAY_QR_MMS 111'],
  ['a refund paid twice', withTruthRefunds([30_000, 30_000]), 'DUPLICATED', 'VNPAY_QR_MMS 111'],
  ['a refund with another amount', withTruthRefunds([31_000]), 'UNEXPLAINED', 'VNPAY_QR_MMS 111'],
  [
    'a settled order that sale does not know',
    inTruth('orders', changed(0, { status: '203_PROCESSING' })),
    'LOST',
    'order-1',
  ],
  ['an order completed without money', inTruth('orders', changed(2, { status: '303_COMPLETED' })), 'LOST', 'order-3'],
  ['an order settled twice', inRecords('transactions', added(0, { id: 't9' })), 'DUPLICATED', 'order-1'],
  ['an order settled with another total', inTruth('orders', changed(0, { total: 91_000 })), 'UNEXPLAINED', 'order-1'],
  [
    'a cancelled sale of which nobody told sale',
    inRecords('transactions', changed(2, { status: '505_CANCELLED' })),
    'LOST',
    'order-3',
  ],
  ['a complaint of sale', inTruth('orders', changed(0, { findings: ['sequence 3 after 1'] })), 'BROKEN', 'order-1'],
  ['an order without an invoice', inRecords('invoices', without(0)), 'LOST', 'order-1'],
  ['an invoice that is ours alone', inTruth('invoices', (rows) => rows.slice(0, 1)), 'LOST', 'order-2'],
  [
    'an invoice that is the vendor’s alone',
    inTruth('invoices', (rows) => [...rows, { ...rows[0]!, providerKey: 'key-9', number: 3 }]),
    'LOST',
    'key-9',
  ],
  [
    'an order with two invoices at the vendor',
    inTruth('invoices', (rows) => [...rows, { ...rows[0]!, number: 3 }]),
    'DUPLICATED',
    'order-1',
  ],
  [
    'an invoice with another number',
    inTruth('invoices', (rows) => rows.map((row) => ({ ...row, number: 3 - row.number }))),
    'BROKEN',
    'order-1',
  ],
  [
    'an invoice over another amount',
    inTruth('invoices', (rows) => rows.map((row) => ({ ...row, total: 45_000 }))),
    'UNEXPLAINED',
    'order-1',
  ],
  [
    'a gap in a series',
    inTruth('invoices', (rows) => rows.map((row) => ({ ...row, number: row.number * 2 }))),
    'BROKEN',
    '0100109106 C26MDM',
  ],
  [
    'an invoice that we still call unknown',
    inRecords('invoices', changed(0, { status: 'UNKNOWN' })),
    'LOST',
    'order-1',
  ],
  ['a person who was not notified', inRecords('notifications', without(0)), 'LOST', 't1'],
  [
    'a person who was notified twice',
    inRecords('notifications', added(0, { eventId: 'another' })),
    'DUPLICATED',
    'PAYMENT_SUCCESS t1 owner',
  ],
  [
    'an event that is twice in an inbox',
    inRecords('notifications', added(0, { subject: 't7' })),
    'DUPLICATED',
    'event t1 owner',
  ],
  ['a gap in an inbox', inRecords('inboxes', changed(0, { lastSequence: 3 })), 'BROKEN', 'owner'],
  ['tax data that came and were not kept', inTruth('taxes', changed(0, { address: '9 Phố Huế' })), 'LOST', 'm1'],
  ['a merchant whose tax data never came', inRecords('taxes', without(0)), 'LOST', 'm1'],
  [
    'a journal that does not balance',
    inRecords('journals', changed(3, { entries: [{ account: 'CASH_DRAWER', provider: null, amount: 45_000 }] })),
    'UNEXPLAINED',
    'attempt:a2:success:cash',
  ],
  [
    'an item in suspense with another amount',
    inRecords('suspense', changed(0, { amount: 43_000 })),
    'UNEXPLAINED',
    'SUSPENSE',
  ],
  ['a promised refund that nobody made', inRecords('journals', without(2)), 'UNEXPLAINED', 'REFUND_PAYABLE'],
  [
    'cash that is not in the drawer',
    inRecords('attempts', changed(1, { applied: 44_000 })),
    'UNEXPLAINED',
    'CASH_DRAWER',
  ],
  ['a provider that owes another sum', inRecords('journals', without(2)), 'UNEXPLAINED', 'VNPAY_QR_MMS'],
  ['an owner who has another sum', inRecords('journals', without(1)), 'UNEXPLAINED', 't1'],
  [
    'a transaction that says more than its attempts',
    inRecords('attempts', changed(0, { applied: 80_000 })),
    'UNEXPLAINED',
    't1',
  ],
  ['an open amount that nobody asks for', inRecords('attempts', without(3)), 'UNEXPLAINED', 't3'],
  ['a sale that is paid and not settled', inRecords('transactions', changed(1, { settled: false })), 'BROKEN', 't2'],
  [
    'an unknown outcome long after its time',
    inRecords('attempts', changed(3, { status: '000_UNKNOWN', expiresAt: 800_000 })),
    'BROKEN',
    'ATTa4',
  ],
];

function withTruthRefunds(amounts: readonly number[]): World {
  return inTruth('refunds', () =>
    amounts.map((amount) => ({ provider: 'VNPAY_QR_MMS', reference: '111', amount, done: true })),
  );
}

describe('the oracle', () => {
  it('finds nothing in a clean world', () => {
    const verdict = judge(cleanWorld());
    expect(verdict.offences).toEqual([]);
    expect(verdict.clean).toBe(true);
    expect(headline(verdict)).toBe('lost 0 · duplicated 0 · unexplained 0 ₫');
  });

  it.each(WORLDS)('finds %s', (_name, world, kind, subject) => {
    const { offences, clean } = judge(world);
    expect(offences).toContainEqual(expect.objectContaining({ kind, subject }));
    expect(clean).toBe(false);
  });

  it('counts what it found, and the đồng', () => {
    const verdict = judge(
      inTruth('charges', (rows) => [...rows, { provider: 'VNPAY_QR_MMS', reference: '333', amount: 5_000 }]),
    );
    // The charge itself is lost, and the provider owes 5 000 ₫ more than the ledger knows.
    expect(headline(verdict)).toBe('lost 1 · duplicated 0 · unexplained 5.000 ₫');
  });

  it('takes a refund whose outcome nobody said as explained, paid or not', () => {
    const open = (paid: readonly number[]): World => {
      const world = withTruthRefunds(paid);
      const { records } = world;
      return {
        ...world,
        records: {
          ...records,
          refunds: records.refunds.map((row) => ({ ...row, status: 'UNKNOWN' })),
          journals: records.journals.filter(({ kind }) => kind !== 'REFUND_SUCCEEDED'),
          attempts: records.attempts.map((row) =>
            row.id === 'a1' ? { ...row, refunded: 0, refundReserved: 30_000 } : row,
          ),
          transactions: records.transactions.map((row) =>
            row.id === 't1' ? { ...row, refunded: 0, refundReserved: 30_000 } : row,
          ),
        },
      };
    };
    expect(judge(open([])).offences).toEqual([]);
    expect(judge(open([30_000])).offences).toEqual([]);
    expect(judge(open([30_000, 30_000])).clean).toBe(false);
  });

  it('knows what is still on its way and what waits for its time', () => {
    const world = cleanWorld();
    expect(unfinished(world)).toEqual({ moving: [], waiting: [expect.stringContaining('ATTa4 is 204_SENT')] });
    const later = { ...world, at: world.at + 200_000 };
    expect(unfinished(later)).toMatchObject({ moving: ['1 attempts whose outcome could be proven'], waiting: [] });
    const busy = {
      ...world,
      records: { ...world.records, pending: [{ what: 'callbacks to apply', count: 2, example: 'x' }] },
    };
    expect(unfinished(busy).moving).toEqual(['2 callbacks to apply (x)']);
  });
});
