import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboundRecord } from '@nx/messaging';
import { HandleMerchantChange } from '../src/merchants-in/handle-merchant-change';
import { SettleKnownChanges } from '../src/merchants-in/settle-known-changes';
import { TaxInfoRepository } from '../src/tax-info/tax-info.repository';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));

const CODES = ['0100109106', '0101243150', '0104359717', '0106921949'];

interface Change {
  readonly lsn: number;
  /** Which tax data; null = the record leaves it out. */
  readonly tax: number | null;
  /** With a code whose check digit is wrong: it is kept aside. */
  readonly invalid?: boolean;
}

const taxOf = (n: number): Record<string, string> => ({
  taxCode: CODES[n % CODES.length] ?? '',
  fullName: `Công ty ${n}`,
  address: `${n} Phố Huế`,
  taxMethod: n % 2 === 0 ? 'DEDUCTION' : 'DIRECT',
  phone: `0${n}`,
});

const WRONG_CODE = '0100109107';

const record = (merchantId: string, { lsn, tax, invalid }: Change, eventId: string): InboundRecord => ({
  topic: 'nx.seller.public.Merchant',
  partition: 0,
  offset: String(lsn),
  timestampMs: lsn,
  key: merchantId,
  value: {
    op: 'u',
    before: null,
    after: {
      id: merchantId,
      organizer_id: 'org1',
      name: 'Shop',
      metadata:
        tax === null
          ? '__debezium_unavailable_value'
          : JSON.stringify({ tax: { ...taxOf(tax), ...(invalid === true ? { taxCode: WRONG_CODE } : {}) } }),
    },
    source: { lsn, ts_ms: 1_700_000_000_000 + lsn },
  },
  headers: {},
  eventId,
});

const NO_DATA = { taxCode: null, fullName: null, address: null, taxMethod: null, phone: null };

async function stored(merchantId: string): Promise<unknown> {
  const { rows } = await world.sql.query(
    `SELECT tax_code AS "taxCode", full_name AS "fullName", address, tax_method AS "taxMethod", phone, source_lsn,
       findings <> '[]' AS aside
     FROM tax."TaxInfo" WHERE principal_id = $1`,
    [merchantId],
  );
  return rows[0];
}

/** As the consumer does it: what a look at the batch settles has no turn of its own. */
async function inBatches(records: readonly InboundRecord[], size: number): Promise<number> {
  let settledAll = 0;
  for (let from = 0; from < records.length; from += size) {
    const batch = records.slice(from, from + size);
    const settled = size === 1 ? new Set() : await service.app.get(SettleKnownChanges).settle(batch);
    settledAll += settled.size;
    for (const one of batch) if (!settled.has(one)) await service.app.get(HandleMerchantChange).execute(one);
  }
  return settledAll;
}

describe('records of the change feed', () => {
  it.each([
    ['one by one', 1, 40],
    ['in batches', 5, 20],
  ])(
    'repeated, redelivered and out of order, %s, leave the newest tax data',
    { timeout: 120_000 },
    async (_how, size, runs) => {
      const changes = fc.uniqueArray(
        fc.record({
          lsn: fc.integer({ min: 1, max: 50 }),
          tax: fc.option(fc.nat({ max: 9 }), { nil: null, freq: 4 }),
          invalid: fc.boolean(),
        }),
        { selector: ({ lsn }) => lsn, minLength: 1, maxLength: 6 },
      );
      await fc.assert(
        fc.asyncProperty(changes, fc.array(fc.nat(), { minLength: 24, maxLength: 24 }), async (made, order) => {
          const merchantId = `m${randomBytes(6).toString('hex')}`;
          // Each record once under its event id, once more under the same, and once under another: a producer's retry.
          const sent = made
            .flatMap((change) =>
              ['a', 'a', 'b'].map((copy) => ({ change, eventId: `${merchantId}-${change.lsn}-${copy}` })),
            )
            .map((entry, index) => ({ ...entry, place: order[index % order.length] ?? 0 }))
            .toSorted((left, right) => left.place - right.place);
          const records = sent.map(({ change, eventId }) => record(merchantId, change, eventId));
          await inBatches(records, size);
          const told = made.filter(({ tax }) => tax !== null).toSorted((left, right) => right.lsn - left.lsn);
          const [newest] = told;
          if (newest === undefined) return;
          // An invalid record hides no valid one, neither one before it nor one that comes after it.
          const valid = told.find(({ invalid }) => !invalid)?.tax ?? null;
          expect(await stored(merchantId)).toEqual({
            ...(valid === null ? NO_DATA : taxOf(valid)),
            source_lsn: String(newest.lsn),
            aside: newest.invalid,
          });
          const { rows } = await world.sql.query(
            `SELECT 1 FROM "Finding" WHERE subject = $1 AND code = 'TAX_DATA_INVALID' AND status = 'OPEN'`,
            [merchantId],
          );
          expect(rows).toHaveLength(newest.invalid ? 1 : 0);
        }),
        { numRuns: process.env['TEST_LONG'] === '1' ? 500 : runs },
      );
    },
  );

  it('that say nothing new are settled with their batch, up to the first news of their merchant', async () => {
    const [quiet, busy, unknown] = ['q', 'b', 'u'].map((letter) => `${letter}${randomBytes(6).toString('hex')}`);
    if (quiet === undefined || busy === undefined || unknown === undefined) throw new Error('no names');
    const say = (merchantId: string, lsn: number, tax: number | null): InboundRecord =>
      record(merchantId, { lsn, tax }, `${merchantId}-${lsn}`);
    for (const merchantId of [quiet, busy]) await inBatches([say(merchantId, 1, 0)], 1);
    const batch = [
      say(quiet, 2, 0),
      say(busy, 3, 0),
      say(busy, 4, 1),
      say(busy, 5, 0),
      say(quiet, 6, null),
      say(unknown, 7, 2),
    ];
    const settled = await service.app.get(SettleKnownChanges).settle([...batch, say(quiet, 9, 0)]);
    expect([...settled].map(({ eventId }) => eventId)).toEqual([`${quiet}-2`, `${busy}-3`, `${quiet}-6`, `${quiet}-9`]);
    expect(await stored(quiet)).toMatchObject({ ...taxOf(0), source_lsn: '9' });
    expect(await stored(busy)).toMatchObject({ ...taxOf(0), source_lsn: '3' });
    expect(await stored(unknown)).toBeUndefined();
  });

  it('are not settled where somebody else has changed the row since it was seen, and not when they are brought back', async () => {
    const merchantId = `m${randomBytes(6).toString('hex')}`;
    const first = record(merchantId, { lsn: 1, tax: 0 }, `${merchantId}-1`);
    await inBatches([first], 1);
    const taxInfo = service.app.get(TaxInfoRepository);
    const seen = await taxInfo.ofMerchant(merchantId);
    if (seen === undefined) throw new Error('nothing is stored');
    const advance = {
      merchantId,
      sourceLsn: '7',
      sourceTs: new Date(),
      seenLsn: seen.sourceLsn,
      seenAt: seen.modifiedAt,
    };
    expect(await taxInfo.advanceAll([{ ...advance, seenLsn: '0' }])).toEqual([]);
    expect(await taxInfo.advanceAll([{ ...advance, seenAt: new Date(0) }])).toEqual([]);
    expect(await stored(merchantId)).toMatchObject({ source_lsn: '1' });
    expect(await taxInfo.advanceAll([advance])).toEqual([merchantId]);
    expect(await stored(merchantId)).toMatchObject({ source_lsn: '7' });
    const again = { ...first, headers: { 'x-replay': '1' } };
    expect(await service.app.get(SettleKnownChanges).settle([again, first])).toEqual(new Set());
  });

  it('with an invalid code are a case for the merchant’s people until a right one comes', async () => {
    const handler = service.app.get(HandleMerchantChange);
    const merchantId = `m${randomBytes(6).toString('hex')}`;
    const good = record(merchantId, { lsn: 1, tax: 0 }, `${merchantId}-1`);
    await handler.execute(good);
    const before = await stored(merchantId);
    const wrong = (lsn: number, taxCode: unknown): InboundRecord => {
      const after = { id: merchantId, organizer_id: 'org1', name: 'Shop', metadata: { tax: { ...taxOf(1), taxCode } } };
      const value = { op: 'u', before: null, after, source: { lsn, ts_ms: 1_700_000_000_000 + lsn } };
      return { ...good, value, eventId: `${merchantId}-${lsn}` };
    };
    // A code that came as a number has lost its zero and is no code.
    await handler.execute(wrong(2, 100109106));
    await handler.execute(wrong(3, 100109106));
    expect(await stored(merchantId)).toMatchObject({ ...(before as object), source_lsn: '3', aside: true });
    const cases = async (): Promise<unknown[]> => {
      const { rows } = await world.sql.query(
        `SELECT status, outcome FROM "Finding" WHERE subject = $1 AND code = 'TAX_DATA_INVALID' ORDER BY created_at`,
        [merchantId],
      );
      return rows;
    };
    expect(await cases()).toEqual([{ status: 'OPEN', outcome: null }]);
    await handler.execute(record(merchantId, { lsn: 4, tax: 2 }, `${merchantId}-4`));
    expect(await cases()).toEqual([{ status: 'RESOLVED', outcome: 'CAUSE_GONE' }]);
    expect(await stored(merchantId)).toMatchObject(taxOf(2));
    const { rows } = await world.sql.query(
      `SELECT needs_registration FROM "MerchantInvoiceProfile" WHERE merchant_id = $1`,
      [merchantId],
    );
    expect(rows).toEqual([{ needs_registration: true }]);
  });
});
