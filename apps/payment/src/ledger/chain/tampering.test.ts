import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Metrics } from '@nx/observability';
import type { Database } from '@nx/persistence';
import { MeasureImbalance } from '../measure-imbalance';
import type { Reader } from './chain-book';
import { ChainWorld, NOW } from './chain-world.fixture';

const RUNS = process.env['TEST_LONG'] === '1' ? 1000 : 200;

let world: ChainWorld;
beforeAll(async () => {
  world = await ChainWorld.start();
  for (let n = 0; n < 30; n++) {
    await world.database.transaction((tx) => world.journal(tx, `j${n}`, `m${n % 4}`, 1000 + n));
    if (n % 3 === 0) await world.audit(`a${n}`);
    if (n % 10 === 9) await world.sealAll(4);
  }
  await world.sealAll();
});
afterAll(() => world.stop());

/** As the metrics show it. */
const imbalanceOf = async (reader: Reader): Promise<string | undefined> => {
  const metrics = new Metrics({ processMetrics: false });
  new MeasureImbalance(reader as unknown as Database, metrics, { now: () => NOW }).onModuleInit();
  return /^payment_ledger_imbalance\{currency="VND"\} (\d+)$/m.exec(await metrics.render())?.[1];
};

it('of one side of the books alone shows in the metrics', async () => {
  const found: (string | undefined)[] = [];
  await world.tampered(async (reader) => {
    found.push(await imbalanceOf(reader));
    await reader.query(`UPDATE "LedgerBalance" b SET debit = debit + 7 WHERE account_id = (SELECT max(id) FROM "LedgerAccount")
      AND checkpoint = (SELECT max(checkpoint) FROM "LedgerBalance" WHERE account_id = b.account_id)`);
    found.push(await imbalanceOf(reader));
  });
  expect(found).toEqual(['0', '7']);
});

type Change = readonly [column: string, expression: string];

/** Every column of the sealed tables, and another value for it. */
const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  LedgerJournal: [
    ['key', `key || 'x'`],
    ['kind', `'ADJUSTMENT'`],
    ['merchant_id', `'other'`],
    ['transaction_id', `'other'`],
    ['attempt_id', `NULL`],
    ['currency', `'USD'`],
    ['effective_date', `effective_date - 1`],
    ['rules_version', `'v0'`],
    ['reverses_journal_id', `id`],
    ['created_at', `created_at + interval '1 microsecond'`],
    ['metadata', `'{"a":1}'`],
    ['written_in', `(written_in::text::bigint - 1)::text::xid8`],
    ['id', `'renamed'`],
  ],
  LedgerEntry: [
    ['amount', `amount + 1`],
    ['side', `CASE side WHEN 'DEBIT' THEN 'CREDIT' ELSE 'DEBIT' END`],
    ['account_id', `(SELECT max(id) || 'x' FROM "LedgerAccount")`],
    ['currency', `'USD'`],
    ['line', `line + 5`],
    ['created_at', `created_at + interval '1 microsecond'`],
    ['journal_id', `journal_id || 'x'`],
  ],
  LedgerAccount: [
    ['type', `'FEES'`],
    ['merchant_id', `'other'`],
    ['provider', `'SYSTEM'`],
    ['reason', `'x'`],
    ['currency', `'USD'`],
    ['normal_side', `CASE normal_side WHEN 'DEBIT' THEN 'CREDIT' ELSE 'DEBIT' END`],
    ['created_at', `created_at + interval '1 microsecond'`],
  ],
  AuditTrail: [
    ['actor_id', `'other'`],
    ['action', `'DELETE'`],
    ['entity_type', `'x'`],
    ['entity_id', `'x'`],
    ['merchant_id', `'x'`],
    ['reason', `'because'`],
    ['before', `'{}'`],
    ['after', `NULL`],
    ['request_id', `'r'`],
    ['created_at', `created_at - interval '1 day'`],
    ['written_in', `(written_in::text::bigint - 1)::text::xid8`],
  ],
  ChainSeal: [
    ['sequence', `sequence + 1000`],
    ['row_id', `row_id || 'x'`],
    ['checkpoint', `checkpoint + 1`],
    ['content_hash', `reverse(content_hash)`],
    ['previous_hash', `reverse(hash)`],
    ['hash', `reverse(hash)`],
  ],
  ChainCheckpoint: [
    ['number', `number + 1000`],
    ['first_sequence', `first_sequence + 1`],
    ['last_sequence', `last_sequence + 1`],
    ['rows', `rows + 1`],
    ['entries', `entries + 1`],
    ['sealed_to', `(sealed_to::text::bigint - 1)::text::xid8`],
    ['last_hash', `reverse(hash)`],
    ['previous_hash', `reverse(hash)`],
    ['hash', `reverse(last_hash)`],
    ['fencing_token', `fencing_token + 1`],
    ['sealed_at', `sealed_at + interval '1 microsecond'`],
  ],
  LedgerBalance: [
    ['account_id', `account_id || 'x'`],
    ['checkpoint', `checkpoint + 1000`],
    ['debit', `debit + 1`],
    ['credit', `credit + 1`],
  ],
};

const UPDATES = Object.entries(CHANGES).flatMap(([table, changes]) => changes.map((change) => ({ table, change })));
const DELETES = Object.keys(CHANGES).map((table) => ({ table, change: undefined }));

/** Rows put in where the chain has passed already. */
const INSERTS: Readonly<Record<string, string>> = {
  'a journal of the past': `INSERT INTO "LedgerJournal" (id, key, kind, currency, effective_date, rules_version, created_at, written_in)
    VALUES ('forged', 'forged', 'ADJUSTMENT', 'VND', '2026-11-20', 'v1', '2026-11-20', '1')`,
  'a journal that says it is not due yet': `INSERT INTO "LedgerJournal" (id, key, kind, currency, effective_date, rules_version, created_at, written_in)
    VALUES ('forged', 'forged', 'ADJUSTMENT', 'VND', '2026-11-20', 'v1', '2026-11-20', '9000000000000')`,
  'two balanced lines of a sealed journal': `INSERT INTO "LedgerEntry" (journal_id, line, account_id, side, amount, currency, created_at)
    SELECT journal_id, line + 2, account_id, side, 5, currency, created_at + interval '40 days' FROM "LedgerEntry" WHERE journal_id = 'j7'`,
  'lines without a journal': `INSERT INTO "LedgerEntry" (journal_id, line, account_id, side, amount, currency, created_at)
    SELECT 'nowhere', line, account_id, side, amount, currency, created_at FROM "LedgerEntry" WHERE journal_id = 'j7'`,
  'an audit row of the past': `INSERT INTO "AuditTrail" (id, actor_id, action, entity_type, entity_id, created_at, written_in)
    VALUES ('forged', 'u', 'x', 'x', 'x', '2026-11-20', '1')`,
  'a seal': `INSERT INTO "ChainSeal" SELECT chain, sequence + 1000, 'forged', checkpoint, content_hash, previous_hash, hash FROM "ChainSeal" LIMIT 1`,
  'a seal of no checkpoint': `INSERT INTO "ChainSeal" SELECT chain, sequence + 1000, 'forged', 1000, content_hash, previous_hash, hash FROM "ChainSeal" LIMIT 1`,
  'a checkpoint': `INSERT INTO "ChainCheckpoint" SELECT chain, number + 1000, first_sequence, last_sequence, rows, entries, sealed_to, last_hash, previous_hash, hash, fencing_token, sealed_at FROM "ChainCheckpoint" LIMIT 1`,
  'a balance': `INSERT INTO "LedgerBalance" VALUES ('forged', 1, 5, 5)`,
};

const REORDERINGS: Readonly<Record<string, string>> = {
  'two seals': `ALTER TABLE "ChainSeal" DROP CONSTRAINT "ChainSeal_chain_row_id_key";
    UPDATE "ChainSeal" s SET row_id = o.row_id, content_hash = o.content_hash FROM "ChainSeal" o
    WHERE s.chain = 'LEDGER' AND o.chain = 'LEDGER' AND s.sequence + o.sequence = 7 AND s.sequence IN (3, 4)`,
  'the contents of two journals': `UPDATE "LedgerEntry" SET journal_id = CASE journal_id WHEN 'j5' THEN 'j6' ELSE 'j5' END, line = line + 10
    WHERE journal_id IN ('j5', 'j6')`,
};

/** One row of a table, the `n`th in the order in which they lie there. */
const nth = (table: string, n: number): string =>
  `ctid = (SELECT ctid FROM "${table}" ORDER BY tableoid, ctid OFFSET ${n} % (SELECT count(*) FROM "${table}") LIMIT 1)`;

const tamper =
  (table: string, change: Change | undefined, n: number) =>
  (reader: Reader): Promise<unknown> =>
    change === undefined
      ? reader.query(`DELETE FROM "${table}" WHERE ${nth(table, n)}`)
      : reader.query(`UPDATE "${table}" SET ${change[0]} = ${change[1]} WHERE ${nth(table, n)}`);

it('raises no alarm while nobody has touched anything', async () => {
  expect(await world.tampered(() => Promise.resolve())).toEqual([]);
});

it.each([...UPDATES, ...DELETES])('finds $table $change', async ({ table, change }) => {
  expect(await world.tampered(tamper(table, change, 13))).not.toEqual([]);
});

it.each([...Object.entries(INSERTS), ...Object.entries(REORDERINGS)])('finds %s', async (_what, sql) => {
  expect(await world.tampered((reader) => reader.query(sql))).not.toEqual([]);
});

it(`finds any of ${RUNS} random changes of random rows`, async () => {
  const anything = fc.record({ at: fc.constantFrom(...UPDATES, ...DELETES), n: fc.nat(10_000) });
  await fc.assert(
    fc.asyncProperty(anything, async ({ at, n }) => {
      expect(await world.tampered(tamper(at.table, at.change, n))).not.toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

it.each([
  [
    'LedgerEntry',
    ['amount', 'amount + 1'],
    `journal_id = 'j11' AND line = 0`,
    ['ROW_CHANGED j11', 'ROW_UNBALANCED j11'],
  ],
  ['LedgerJournal', ['kind', `'ADJUSTMENT'`], `id = 'j11'`, ['ROW_CHANGED j11']],
  ['AuditTrail', ['reason', `'x'`], `id = 'a9'`, ['ROW_CHANGED a9']],
  [
    'ChainSeal',
    ['content_hash', 'hash'],
    `chain = 'LEDGER' AND sequence = 12`,
    ['SEAL_CHANGED seal 12', 'ROW_CHANGED j11'],
  ],
] as const)('names the one %s', async (table, [column, value], where, names) => {
  const found = await world.tampered((reader) =>
    reader.query(`UPDATE "${table}" SET ${column} = ${value} WHERE ${where}`),
  );
  expect(found.filter((finding) => !finding.startsWith('BALANCE_CHANGED')).toSorted()).toEqual([...names].toSorted());
});

it('names the journal that was removed', async () => {
  const found = await world.tampered(async (reader) => {
    await reader.query(`DELETE FROM "LedgerEntry" WHERE journal_id = 'j11'`);
    await reader.query(`DELETE FROM "LedgerJournal" WHERE id = 'j11'`);
  });
  expect(found).toContain('ROW_REMOVED j11');
});

it('names the place of a seal that was removed', async () => {
  const found = await world.tampered((reader) =>
    reader.query(`DELETE FROM "ChainSeal" WHERE chain = 'LEDGER' AND sequence = 12`),
  );
  expect(found).toContain('SEAL_MISSING seal 13');
  expect(found).toContain('ROW_INSERTED j11');
});
