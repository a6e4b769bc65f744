import { postingRules, POSTING_RULES_VERSION, type JournalDraft, type PostingContext } from '@nx/mq-pay';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAIN_BOOKS, LEDGER } from './chain/chain-book';
import { ChainWorld, NOW, openDatabase } from './chain/chain-world.fixture';
import { writeJournal } from './write-journal';

const LONG = process.env['TEST_LONG'] === '1';
const OPERATIONS = LONG ? 100_000 : 2500;
const WRITERS = 6;
const rules = postingRules(POSTING_RULES_VERSION);

let world: ChainWorld;
beforeAll(async () => {
  world = await ChainWorld.start();
});
afterAll(() => world.stop());

/** Debit above zero, credit below, of an account as `type merchant provider`. */
type Move = readonly [account: string, amount: bigint];

interface Operation {
  readonly journal: JournalDraft;
  /** What the table of the agreement says of it, in the model's own words. */
  readonly moves: readonly Move[];
}

interface Chance {
  readonly id: string;
  readonly context: PostingContext;
  readonly amount: bigint;
  readonly part: bigint;
  readonly available: bigint;
}

/** What the books of the test are about: a merchant, and where his sales money lies. */
const places = ({ merchantId: m, provider: p, settlementModel }: PostingContext) => ({
  m,
  receivable: `PROVIDER_RECEIVABLE ${m} ${p}`,
  suspense: `SUSPENSE ${m} ${p}`,
  payable: `REFUND_PAYABLE ${m} -`,
  owner: (amount: bigint, available: bigint): Move[] => {
    if (settlementModel === 'DIRECT') return [[`MERCHANT_OWN ${m} -`, amount]];
    const held = amount < available ? amount : available;
    return [
      [`MERCHANT_PAYABLE ${m} -`, held],
      [`MERCHANT_RECEIVABLE ${m} -`, amount - held],
    ];
  },
  own: settlementModel === 'DIRECT' ? `MERCHANT_OWN ${m} -` : `MERCHANT_PAYABLE ${m} -`,
});

const cashOf = (context: PostingContext): PostingContext => ({ ...context, provider: 'SYSTEM', method: '000_CASH' });

/** Each event of the ledger's table (agreement of payment, §6) beside what the table says. */
const EVENTS: readonly ((chance: Chance) => Operation)[] = [
  ({ id, context, amount, part }) => {
    const { receivable, own, suspense } = places(context);
    const [appliedMinor, suspenseMinor] = [amount - part, part];
    return {
      journal: rules.postPaymentSuccess({
        ...context,
        attemptId: id,
        providerReference: 'r',
        appliedMinor,
        suspenseMinor,
      }),
      moves: [
        [receivable, amount],
        [own, -appliedMinor],
        [suspense, -suspenseMinor],
      ],
    };
  },
  ({ id, context, amount }) => ({
    journal: rules.postPaymentSuccess({
      ...cashOf(context),
      attemptId: id,
      providerReference: 'cash',
      appliedMinor: amount,
      suspenseMinor: 0n,
    }),
    moves: [
      [`CASH_DRAWER ${context.merchantId} -`, amount],
      [`MERCHANT_OWN ${context.merchantId} -`, -amount],
    ],
  }),
  ({ id, context, amount }) => ({
    journal: rules.postSuspenseWithoutAttempt({
      ...context,
      suspenseItemId: id,
      providerReference: 'r',
      amountMinor: amount,
    }),
    moves: [
      [places(context).receivable, amount],
      [places(context).suspense, -amount],
    ],
  }),
  ({ id, context, amount }) => ({
    journal: rules.postSuspenseAccepted({ ...context, suspenseItemId: id, acceptance: 1, amountMinor: amount }),
    moves: [
      [places(context).suspense, amount],
      [places(context).own, -amount],
    ],
  }),
  ({ id, context, amount }) => ({
    journal: rules.postBankClaimProven({ ...context, attemptId: id, statementReference: 's', amountMinor: amount }),
    moves: [
      [`BANK_MERCHANT ${context.merchantId} -`, amount],
      [`BANK_CLAIMED ${context.merchantId} -`, -amount],
    ],
  }),
  ({ id, context, amount, part, available }) => {
    const { owner, receivable, m } = places(context);
    return {
      journal: rules.postPaymentReversed({
        ...context,
        attemptId: id,
        providerReference: 'r',
        fromOwnerMinor: amount - part,
        fromSuspenseMinor: 0n,
        fromBuyerMinor: part,
        payableAvailableMinor: available,
      }),
      moves: [...owner(amount - part, available), [`BUYER_RECEIVABLE ${m} -`, part], [receivable, -amount]],
    };
  },
  ({ id, context, amount, available }) => ({
    journal: opened(id, context, amount, available),
    moves: [...places(context).owner(amount, available), [places(context).payable, -amount]],
  }),
  ({ id, context, amount }) => ({
    journal: rules.postRefundOpened({
      ...context,
      refundId: id,
      tryNumber: 1,
      amountMinor: amount,
      source: 'SUSPENSE',
    }),
    moves: [
      [places(context).suspense, amount],
      [places(context).payable, -amount],
    ],
  }),
  ({ id, context, amount }) => ({
    journal: rules.postRefundSucceeded({ ...context, refundId: id, tryNumber: 1, amountMinor: amount }),
    moves: [
      [places(context).payable, amount],
      [places(context).receivable, -amount],
    ],
  }),
  ({ id, context, amount, available }) => ({
    journal: rules.postRefundFailed({ refundId: id, tryNumber: 1, opened: opened(id, context, amount, available) }),
    moves: [
      [places(context).payable, amount],
      ...places(context)
        .owner(amount, available)
        .map(([account, moved]): Move => [account, -moved]),
    ],
  }),
  ({ id, context, amount, available }) => {
    const { owner, receivable, m } = places(context);
    return {
      journal: rules.postChargebackOpened({
        ...context,
        chargebackId: id,
        amountMinor: amount,
        payableAvailableMinor: available,
      }),
      moves: [
        [`CHARGEBACK_HELD ${m} ${context.provider}`, amount],
        ...owner(amount, available),
        [receivable, -amount],
        [`CHARGEBACK_RESERVE ${m} -`, -amount],
      ],
    };
  },
  ({ id, context, amount }) => ({
    journal: rules.postChargebackLost({ ...context, chargebackId: id, amountMinor: amount }),
    moves: [
      [`CHARGEBACK_RESERVE ${context.merchantId} -`, amount],
      [`CHARGEBACK_HELD ${context.merchantId} ${context.provider}`, -amount],
    ],
  }),
  ({ id, context, amount, part }) => ({
    journal: rules.postCashBanked({
      merchantId: context.merchantId,
      currency: 'VND',
      depositId: id,
      drawerMinor: amount,
      bankedMinor: amount - part,
    }),
    moves: [
      [`BANK_MERCHANT ${context.merchantId} -`, amount - part],
      [`CASH_OVER_SHORT ${context.merchantId} -`, part],
      [`CASH_DRAWER ${context.merchantId} -`, -amount],
    ],
  }),
];

function opened(id: string, context: PostingContext, amountMinor: bigint, payableAvailableMinor: bigint): JournalDraft {
  return rules.postRefundOpened({
    ...context,
    refundId: id,
    tryNumber: 1,
    amountMinor,
    source: 'OWNER',
    payableAvailableMinor,
  });
}

/** `AGAIN`: two writers have the same journal. `UNDONE`: its transaction is rolled back. */
const FATES = ['WRITTEN', 'WRITTEN', 'WRITTEN', 'WRITTEN', 'WRITTEN', 'WRITTEN', 'AGAIN', 'UNDONE'] as const;

const CHANCE = fc.record({
  event: fc.nat(EVENTS.length - 1),
  merchant: fc.nat(4),
  provider: fc.constantFrom('VNPAY_QR_MMS' as const, 'VNPAY_GATEWAY' as const),
  settlementModel: fc.constantFrom('DIRECT' as const, 'PLATFORM' as const),
  amount: fc.bigInt(2n, 10n ** 12n),
  share: fc.nat(100),
  available: fc.bigInt(0n, 10n ** 12n),
  fate: fc.constantFrom(...FATES),
});

class RolledBack extends Error {}

const write = (id: string, journal: JournalDraft, merchantId: string, undone: boolean): Promise<void> =>
  world.database.transaction(async (tx) => {
    await writeJournal(tx, { id, journal, merchantId, transactionId: null, attemptId: null, now: NOW });
    if (undone) throw new RolledBack();
  });

const sum = (sums: Map<string, { debit: bigint; credit: bigint }>, [account, amount]: Move): void => {
  if (amount === 0n) return;
  const before = sums.get(account) ?? { debit: 0n, credit: 0n };
  if (amount > 0n) before.debit += amount;
  else before.credit -= amount;
  sums.set(account, before);
};

/** Sums of the database, from the entries or from what the last checkpoints kept. */
const sumsOf = async (sql: string): Promise<Record<string, { debit: bigint; credit: bigint }>> => {
  const rows = await world.database.query<{ account: string; debit: string; credit: string }>(sql);
  return Object.fromEntries(
    rows.map(({ account, debit, credit }) => [account, { debit: BigInt(debit), credit: BigInt(credit) }]),
  );
};

const NAME = `concat_ws(' ', a.type, coalesce(a.merchant_id, '-'), coalesce(a.provider, '-')) AS account`;
const FROM_ENTRIES = `SELECT ${NAME}, sum(CASE e.side WHEN 'DEBIT' THEN e.amount ELSE 0 END)::text AS debit,
  sum(CASE e.side WHEN 'CREDIT' THEN e.amount ELSE 0 END)::text AS credit
  FROM "LedgerEntry" e JOIN "LedgerAccount" a ON a.id = e.account_id GROUP BY a.id`;
const FROM_CHECKPOINTS = `SELECT DISTINCT ON (b.account_id) ${NAME}, b.debit::text AS debit, b.credit::text AS credit
  FROM "LedgerBalance" b JOIN "LedgerAccount" a ON a.id = b.account_id ORDER BY b.account_id, b.checkpoint DESC`;

describe('the ledger against a model', () => {
  it(`agrees on every account after ${OPERATIONS} random operations of ${WRITERS} writers, with a sealer beside them`, async () => {
    const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const chances = fc.sample(CHANCE, { numRuns: OPERATIONS, seed });
    const model = new Map<string, { debit: bigint; credit: bigint }>();
    const refused: string[] = [];
    const alarms: string[] = [];
    let [journals, next, working] = [0, 0, true];

    const work = async (): Promise<void> => {
      for (let at = next++; at < chances.length; at = next++) {
        const chance = chances[at];
        if (chance === undefined) return;
        const { provider, settlementModel, amount } = chance;
        const merchantId = `m${chance.merchant}`;
        const method = provider === 'VNPAY_QR_MMS' ? '100_QR_CODE' : '300_GATEWAY';
        const context = { merchantId, provider, method, settlementModel, currency: 'VND' } as const;
        const part = (amount * BigInt(chance.share)) / 101n;
        const made = EVENTS[chance.event]?.({ id: `o${at}`, context, amount, part, available: chance.available });
        if (made === undefined) throw new Error('no such event');
        const ids = chance.fate === 'AGAIN' ? [`j${at}a`, `j${at}b`] : [`j${at}`];
        const results = await Promise.allSettled(
          ids.map((id) => write(id, made.journal, merchantId, chance.fate === 'UNDONE')),
        );
        for (const result of results) {
          if (result.status === 'rejected') {
            if (!(result.reason instanceof RolledBack)) refused.push(String(result.reason));
            continue;
          }
          journals += 1;
          for (const move of made.moves) sum(model, move);
        }
      }
    };
    const sealer = async (): Promise<void> => {
      while (working) {
        await world.seal(LEDGER, 500);
        alarms.push(...(await world.verify()).findings.map(({ code, subject }) => `${code} ${subject}`));
      }
    };
    const sealing = sealer();
    await Promise.all(Array.from({ length: WRITERS }, work));
    working = false;
    await sealing;
    await world.sealAll();

    const expected = Object.fromEntries(model);
    expect(await sumsOf(FROM_ENTRIES), `seed ${seed}`).toEqual(expected);
    expect(await sumsOf(FROM_CHECKPOINTS), `seed ${seed}`).toEqual(expected);
    const total = [...model.values()].reduce((left, { debit, credit }) => left + debit - credit, 0n);
    expect(total).toBe(0n);
    // Of two writers of one journal exactly one is refused, and for its key.
    const twice = chances.filter(({ fate }) => fate === 'AGAIN').length;
    expect([refused.length, refused.every((text) => text.includes('LedgerJournal_key_key'))]).toEqual([twice, true]);
    const undone = chances.filter(({ fate }) => fate === 'UNDONE').length;
    expect(journals).toBe(OPERATIONS - undone);
    expect(alarms).toEqual([]);
    for (const book of CHAIN_BOOKS) expect((await world.verify(book)).findings).toEqual([]);
    expect((await world.verify()).rows).toBe(journals);
  });
});

describe('a hot account', () => {
  it('is written to by many transactions at once: none waits for the other to commit', async () => {
    const MANY = 12;
    const pool = openDatabase(world.test, 'hot-account', MANY);
    await world.database.transaction((tx) => world.journal(tx, 'hot-0', 'hot'));
    let arrived = 0;
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const together = Array.from({ length: MANY }, (_none, number) =>
      pool.transaction(async (tx) => {
        await world.journal(tx, `hot-${number + 1}`, 'hot');
        arrived += 1;
        if (arrived === MANY) open();
        // Nobody commits before all have written: were the account's row locked, the second would never get here.
        await gate;
      }),
    );
    await Promise.all(together);
    const [row] = await world.database.query<{ balance: string }>(
      `SELECT sum(amount)::text AS balance FROM "LedgerEntry" WHERE account_id LIKE 'MERCHANT_OWN%hot%'`,
    );
    expect(row).toEqual({ balance: String(1000 * (MANY + 1)) });
    await pool.stop();
  });
});

describe('a correction', () => {
  it('names the journal that it undoes, and undoes it once', async () => {
    await world.database.transaction((tx) => world.journal(tx, 'wrong', 'corrected'));
    const journal = rules.postPaymentSuccess({
      ...{
        merchantId: 'corrected',
        provider: 'SYSTEM',
        method: '000_CASH',
        settlementModel: 'DIRECT',
        currency: 'VND',
      },
      ...{ attemptId: 'wrong', providerReference: '1', appliedMinor: 1000n, suspenseMinor: 0n },
    });
    const correction = rules.postCorrection({ journalId: 'wrong', journal });
    await write('right', correction, 'corrected', false);
    const [row] = await world.database.query(
      `SELECT reverses_journal_id AS undone FROM "LedgerJournal" WHERE id = 'right'`,
    );
    expect(row).toEqual({ undone: 'wrong' });
    await expect(write('twice', { ...correction, key: 'another' }, 'corrected', false)).rejects.toThrow(
      'LedgerJournal_reverses_journal_id_key',
    );
  });
});
