import { EVENT_ID_HEADER, KafkaProducer, type InboundRecord } from '@nx/messaging';
import { Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import type { ParkedRecordPage } from '@nx/reliable';
import { eventually, NO_WRITES, partitionWaits, refuseWrites } from '@nx/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainPayment } from '../operations/why/explain-payment';
import { readPayments } from '../operations/why/read-payment';
import { Operator } from '../testing/operator.fixture';
import { BASE, now, PaymentWorld, unique, type Shop } from '../testing/payment-world.fixture';
import type { TimelineEntryView } from '../transactions/timeline';
import { invoiceRecord } from './invoice-record.fixture';
import { NoteInvoiceEvent } from './note-invoice-event';

let world: PaymentWorld;
let shop: Shop;
beforeAll(async () => {
  world = await PaymentWorld.start({ extra: { APP_ENV_PARKING_DELAYS_MS: '20,20', APP_ENV_PARKING_SWEEP_MS: '50' } });
  shop = await world.shop(null);
}, 60_000);
afterAll(() => world.stop());

interface Sale {
  readonly transactionId: string;
  readonly sourceId: string;
}

async function sell(): Promise<Sale> {
  const sourceId = unique('S');
  const { body } = await world.checkout(shop, { sourceId });
  const cash = { attempt: { id: body.attempt.id }, tendered: 100_000 };
  // As a till does that was refused for the moment; cash that was taken already is answered as such.
  await eventually(async () => {
    const { status, text } = await world.post(shop, '/payments/system/ipn', cash);
    if (status !== 200) throw new Error(`the cash was not taken: ${status} ${text}`);
    return true;
  });
  return { transactionId: String(body.transaction.id), sourceId };
}

const STATES = [
  ['invoice.created', 'PENDING'],
  ['invoice.processing', 'PROCESSING'],
  ['invoice.unknown', 'UNKNOWN'],
  ['invoice.success', 'SUCCESS'],
] as const;

/** The life of an invoice as its service tells it, by clocks of several machines: the third one goes wrong. */
const lifeOf = (sale: Sale, change: object = {}): object[] => {
  const invoice = { id: unique('i'), merchantId: shop.merchantId, sourceId: sale.sourceId, ...change };
  return STATES.map(([eventType, issuanceStatus], index) => {
    const issued = issuanceStatus === 'SUCCESS' ? { invoiceNumber: '17', invoiceDate: '2026-11-21' } : {};
    const progress = { version: index + 1, waitsFor: [], issuanceMode: 'REAL_TIME', dueAt: null, reason: null };
    return {
      ...invoiceRecord({ ...invoice, ...issued, issuanceStatus, progress }),
      eventId: unique('e'),
      eventType,
      occurredAt: new Date(now() + index * 1000 + (index === 2 ? 3_600_000 : 0)).toISOString(),
    };
  });
};

let offset = 0;
/** Hands a record over as the consumer does; without its header it is known by its place alone. */
const note = (value: object, header: boolean): Promise<void> => {
  offset += 1;
  const record: InboundRecord = {
    topic: 'invoice.events',
    partition: 0,
    offset: String(offset),
    timestampMs: 0,
    key: 'k',
    value,
    headers: {},
    eventId: header ? String((value as { eventId: string }).eventId) : `invoice.events/0/${offset}/0`,
  };
  return world.app.get(NoteInvoiceEvent).execute(record);
};

const produce = (values: readonly object[], key: string): Promise<void> =>
  world.app.get(KafkaProducer).send(
    values.map((value) => ({
      topic: 'invoice.events',
      key,
      value,
      headers: { [EVENT_ID_HEADER]: String((value as { eventId: unknown }).eventId) },
    })),
  );

const invoicesOf = async ({ transactionId }: Sale): Promise<TimelineEntryView[]> =>
  (await world.get<{ data: TimelineEntryView[] }>(shop, `/transactions/${transactionId}/timeline`)).body.data.filter(
    ({ kind }) => kind === 'INVOICE',
  );

const why = async ({ transactionId }: Sale): Promise<ReturnType<typeof explainPayment>> => {
  const [snapshot] = await readPayments(world.app.get(Database), transactionId);
  if (snapshot === undefined) throw new Error('there is no such payment');
  return explainPayment(snapshot, now());
};

describe('what the invoice service tells', () => {
  it('stands in the timeline of the payment of its order, with what became of it', { timeout: 60_000 }, async () => {
    const sale = await sell();
    expect((await why(sale)).evidence.join()).toContain('Nothing was heard of an invoice');
    const life = lifeOf(sale);
    await produce([...life, ...life], sale.sourceId);
    await eventually(async () => (await invoicesOf(sale)).some(({ detail }) => detail.status === 'SUCCESS'), {
      timeoutMs: 30_000,
    });
    const entries = await invoicesOf(sale);
    expect(entries.map(({ what }) => what)).toEqual([
      'invoice.created',
      'invoice.processing',
      'invoice.success',
      'invoice.unknown',
    ]);
    expect(entries[2]).toMatchObject({
      attemptId: null,
      detail: { number: '17', date: '2026-11-21', symbol: 'C26MAA', form: '1', total: 100_000, version: 4 },
    });
    const explained = await why(sale);
    expect(explained.proven.at(-1)).toMatch(
      /^Invoice i\w+ over 100.000 ₫ is issued: form 1, series C26MAA, number 17 of 2026-11-21\.$/,
    );
    expect(explained.evidence.join()).not.toContain('invoice');
  });

  it('comes to the same in any order, however often, under whatever record', { timeout: 60_000 }, async () => {
    const sale = await sell();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 8 }),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        async (before, all) => {
          const own = { ...sale, sourceId: unique('S') };
          const life = lifeOf(own);
          const records = [...before, ...all.map((index) => [index, true] as const)];
          for (const [index, header] of records) await note(life[index] ?? {}, header);
          const rows = await world.sql(
            `SELECT event_type FROM "InvoiceEvent" WHERE source_id = $1 ORDER BY invoice_version`,
            [own.sourceId],
          );
          expect(rows.map((row) => row['event_type'])).toEqual(STATES.map(([type]) => type));
          await world.sql('UPDATE "Transaction" SET source_id = $2 WHERE id = $1', [sale.transactionId, own.sourceId]);
          const timeline = await invoicesOf(own);
          expect(timeline.map(({ detail }) => detail.version)).toEqual([1, 2, 4, 3]);
          expect((await why(own)).proven.at(-1)).toContain('is issued');
        },
      ),
      { numRuns: 20 },
    );
  });

  it('of a release that does not count its versions is taken by its time', async () => {
    const sale = await sell();
    const id = unique('i');
    for (const [issuanceStatus, minutes] of [
      ['FAILED', 2],
      ['PENDING', 1],
    ] as const) {
      const invoice = { id, merchantId: shop.merchantId, sourceId: sale.sourceId, issuanceStatus, progress: undefined };
      const occurredAt = new Date(now() + minutes * 60_000).toISOString();
      await note({ ...invoiceRecord(invoice), eventId: unique('e'), occurredAt }, true);
    }
    // What the relay has not handed on yet stands beside it.
    const ofInvoices = (await why(sale)).next.map(({ what }) => what).filter((what) => what.startsWith('Invoice '));
    expect(ofInvoices).toEqual([
      expect.stringContaining(`Invoice ${id} was given up: invoice show --source-id=${sale.sourceId}`),
    ]);
  });

  it('is shown to its merchant alone, for the payments of its order that took money', async () => {
    const sale = await sell();
    for (const record of lifeOf(sale, { merchantId: 'another' })) await note(record, true);
    for (const record of lifeOf(sale, { sourceType: '002_OTHER' })) await note(record, true);
    expect(await invoicesOf(sale)).toEqual([]);
    for (const record of lifeOf(sale)) await note(record, true);
    expect(await invoicesOf(sale)).toHaveLength(4);
    const stranger = await world.shop(null);
    expect((await world.get(stranger, `/transactions/${sale.transactionId}/timeline`)).status).toBe(404);
    const { body } = await world.checkout(shop, { sourceId: unique('S') });
    const cancelled = { transactionId: String(body.transaction.id), sourceId: sale.sourceId };
    await world.post(shop, '/payments/cancel', { transactionId: cancelled.transactionId, reason: 'left' });
    await world.sql('UPDATE "Transaction" SET source_id = $2 WHERE id = $1', [cancelled.transactionId, sale.sourceId]);
    expect(await invoicesOf(cancelled)).toEqual([]);
  });

  it('is written once and never changed, by nobody', async () => {
    const sale = await sell();
    for (const record of lifeOf(sale)) await note(record, true);
    for (const text of [
      `UPDATE "InvoiceEvent" SET status = 'SUCCESS' WHERE source_id = '${sale.sourceId}'`,
      `DELETE FROM "InvoiceEvent" WHERE source_id = '${sale.sourceId}'`,
      'TRUNCATE "InvoiceEvent"',
    ]) {
      await expect(world.sql(text)).rejects.toThrow(/written once/);
      await expect(world.runtime.query(text)).rejects.toThrow(/permission denied/);
    }
  });

  it('and is no event of an invoice is parked, and others go on', { timeout: 60_000 }, async () => {
    const sale = await sell();
    const bad = unique('bad');
    await produce([{ eventId: bad, eventType: 'invoice.created', payload: 7 }], bad);
    await produce(lifeOf(sale), sale.sourceId);
    const parked = await eventually(
      async () => (await world.sql('SELECT key, error_message FROM "ParkedRecord" WHERE event_id = $1', [bad]))[0],
      { timeoutMs: 30_000 },
    );
    expect(parked).toEqual({ key: bad, error_message: 'invoice.events: payload is no object' });
    await eventually(async () => (await invoicesOf(sale)).length === 4, { timeoutMs: 30_000 });
  });

  it.each(NO_WRITES)(
    'of a database that is %s waits: not ready, nothing parked, and noted once afterwards',
    { timeout: 60_000 },
    async (how) => {
      const sale = await sell();
      const [first] = lifeOf(sale);
      const readiness = async (): Promise<number> => (await world.call('GET', `${BASE}/readyz`)).status;
      const waited = async (): Promise<number> =>
        partitionWaits(await world.app.get(Metrics).render(), 'invoice.events');
      const allow = await refuseWrites(world.admin, how, {
        // What is taken for a bad record could still be parked.
        tables: ['mq_pay."InvoiceEvent"'],
        // The service's own connections have a name.
        cut: () =>
          world.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND usename = 'nx_payment' AND application_name <> ''`),
      });
      try {
        const before = await waited();
        await produce([first ?? {}], sale.sourceId);
        // It is known for an outage: a record with a defect of its own would be tried some times and parked.
        await eventually(async () => (await waited()) > before);
        await eventually(async () => (await readiness()) === 503);
        expect(await invoicesOf(sale)).toEqual([]);
      } finally {
        await allow();
      }
      await eventually(async () => (await readiness()) === 200);
      await eventually(async () => (await invoicesOf(sale)).length === 1, { timeoutMs: 30_000 });
      expect(await world.sql('SELECT 1 FROM "ParkedRecord" WHERE key = $1', [sale.sourceId])).toEqual([]);
    },
  );

  it('and could not be written down comes back by a person, once, with who and why', { timeout: 60_000 }, async () => {
    const sale = await sell();
    const [first] = lifeOf(sale);
    const eventId = String((first as { eventId: unknown }).eventId);
    // A defect of this release.
    await world.sql(`CREATE FUNCTION mq_pay.defect() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'a defect of this release'; END $$`);
    await world.sql(`CREATE TRIGGER defect BEFORE INSERT ON "InvoiceEvent" FOR EACH ROW
      WHEN (NEW.event_id = '${eventId}') EXECUTE FUNCTION mq_pay.defect()`);
    await produce([first ?? {}], sale.sourceId);
    const operator = await Operator.of(world);
    const path = `/parked-records?key=${sale.sourceId}`;
    const dead = await eventually(
      async () => (await operator.get<ParkedRecordPage>(`${path}&status=505_DEAD_LETTERED`)).body.data[0],
      { timeoutMs: 30_000 },
    );
    expect(dead).toMatchObject({ eventId, topic: expect.stringContaining('invoice.events'), tries: 5 });
    expect(dead.errorMessage).toContain('a defect of this release');
    const replay = { ids: [dead.id], reason: 'the release is out' };
    expect((await world.get(shop, `/operations${path}`)).status).toBe(403);
    expect((await world.post(shop, '/operations/parked-records/replay', replay)).status).toBe(403);
    expect((await operator.post('/parked-records/replay', { ids: [dead.id] })).body.errors[0]?.pointer).toBe('/reason');

    await world.sql('DROP TRIGGER defect ON "InvoiceEvent"');
    const command = ['replay-parked-records', `--id=${dead.id}`, `--reason=${replay.reason}`];
    expect((await operator.command(['list-parked-records', `--key=${sale.sourceId}`])).out).toContain(eventId);
    expect((await operator.command([...command, '--dry-run'])).out).toContain('nothing was sent');
    expect(await invoicesOf(sale)).toEqual([]);
    expect(await operator.command(command)).toMatchObject({ code: 0, out: '1 on their way again' });
    await eventually(async () => (await invoicesOf(sale)).length === 1, { timeoutMs: 30_000 });
    await produce([first ?? {}], sale.sourceId);
    await eventually(async () => (await operator.command(command)).code === 1);
    expect(await operator.command(['list-parked-records', `--key=${sale.sourceId}`])).toMatchObject({ code: 0 });
    expect(await invoicesOf(sale)).toHaveLength(1);
    expect(
      await world.sql('SELECT actor_id, action, reason, before FROM "AuditTrail" WHERE entity_id = $1', [dead.id]),
    ).toEqual([
      {
        actor_id: operator.userId,
        action: 'dead-letter.replay',
        reason: replay.reason,
        before: expect.objectContaining({ status: '505_DEAD_LETTERED', eventId }),
      },
    ]);
  });
});
