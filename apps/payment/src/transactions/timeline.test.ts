import { Database } from '@nx/persistence';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invoiceRecord, RECORDED } from '../invoices-in/invoice-record.fixture';
import { NoteInvoiceEvent } from '../invoices-in/note-invoice-event';
import { readPayments } from '../operations/why/read-payment';
import { Operator } from '../testing/operator.fixture';
import { unique, type Answer } from '../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';
import { TestSubscriber } from '../testing/subscriber.fixture';
import { TestVnpay } from '../testing/vnpay.fixture';
import type { TimelineEntryView } from './timeline';

let world: RefundWorld;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' });
});
afterAll(() => world.stop());

type Payment = Pick<PaidSale, 'shop' | 'transactionId'>;

const pageOf = (
  { shop, transactionId }: Payment,
  query: string,
): Promise<Answer<{ data: TimelineEntryView[]; nextCursor: string | null }>> =>
  world.payment.get(shop, `/transactions/${transactionId}/timeline${query}`);

const read = async (payment: Payment): Promise<TimelineEntryView[]> => (await pageOf(payment, '')).body.data;

/** The outcome of its first CREATE is not known, a second one shows its QR, it is cancelled, and paid all the same. */
async function cancelledAndPaid(): Promise<Payment & { readonly attemptId: string }> {
  const vnpay = await TestVnpay.start();
  const shop = await world.payment.shop(vnpay);
  const change = { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', sourceId: unique('S') };
  const key = unique('k');
  vnpay.create = 'error';
  const lost = await world.payment.checkout(shop, change, key);
  vnpay.create = 'success';
  const { body } = await world.payment.checkout(shop, change, key);
  const transactionId = String(body.transaction.id);
  await world.payment.post(shop, '/payments/cancel', { transactionId, reason: 'left' });
  await world.paid(shop, String(body.attempt.uid));
  await vnpay.stop();
  expect(lost.status).toBe(504);
  return { shop, transactionId, attemptId: String(body.attempt.id) };
}

/** Without a push that waits: from then on nothing moves by itself. */
const settledTimeline = (sale: Payment): Promise<TimelineEntryView[]> =>
  eventually(async () => {
    const timeline = await read(sale);
    return timeline.some(({ kind, detail }) => kind === 'PUSH' && detail.waiting) ? undefined : timeline;
  });

/** What a kind shows of one thing, its instants and ids aside. */
const detailOf = (timeline: readonly TimelineEntryView[], kind: string, what: string): TimelineEntryView['detail'] => {
  const found = timeline.find((entry) => entry.kind === kind && entry.what === what);
  if (found === undefined) throw new Error(`no ${kind} ${what}`);
  return found.detail;
};

it('shows what was heard, what it changed, what people did and what came of findings, in one stable order', async () => {
  const sale = await world.unknownSale();
  const operator = await Operator.of(world.payment);
  const evidence = {
    source: 'support',
    reference: '14999077',
    amount: 100_000,
    paidAt: new Date(Date.parse('2026-01-01T00:00:00Z')).toISOString(),
  };
  await operator.post(`/transactions/${sale.transactionId}/resolve`, { status: 'completed', evidence });
  sale.vnpay.refund = 'success';
  const { body } = await world.refund(sale, { amount: 40_000 });
  await world.comesTo(sale, body.id, 'SUCCEEDED');
  const timeline = await settledTimeline(sale);
  const at = timeline.map((entry) => entry.at);
  expect(at).toEqual(at.toSorted());
  const place = (kind: string, what?: string): number =>
    timeline.findIndex((entry) => entry.kind === kind && (what === undefined || entry.what === what));
  const order = [
    place('EVENT', 'mq-pay:attempt.sent'),
    place('JOURNAL', 'PAYMENT_SUCCESS'),
    place('EVENT', 'mq-pay:attempt.success'),
    place('FINDING_RESOLVED', 'OUTCOME_UNKNOWN'),
    place('EVIDENCE', 'transaction.resolve'),
    place('REFUND', 'SALE'),
    place('REFUND_TRY', '302_SUCCESS'),
    place('JOURNAL', 'REFUND_OPENED'),
    place('PROVIDER_CALL', 'REFUND'),
    place('EVENT', 'mq-pay:refund.success'),
  ];
  expect(order.filter((found) => found < 0)).toEqual([]);
  expect(order).toEqual(order.toSorted((left, right) => left - right));
  expect(timeline.find(({ kind }) => kind === 'OPERATOR')).toMatchObject({
    what: 'transaction.resolve',
    detail: { actorId: operator.userId },
  });
  expect(timeline.find(({ kind }) => kind === 'EVIDENCE')!.detail).not.toHaveProperty('evidence');
  expect(await read(sale)).toEqual(timeline);
});

it('shows each kind of thing with all that matters of it', { timeout: 60_000 }, async () => {
  const sale = await world.qrSale();
  const { shop, transactionId, attemptId } = sale;
  const subscriber = await TestSubscriber.start();
  subscriber.answer = () => ({ status: 410 });
  const webhook = { name: 'sale', url: subscriber.url, eventTypes: ['mq-pay:chargeback.opened'] };
  const { body: config } = await world.payment.post(shop, '/webhook-configs', webhook);
  const contest = { chargebackReference: unique('CB-'), amount: 40_000, reason: 'not received' };
  const path = `/transactions/${transactionId}/chargebacks`;
  const { body: chargeback } = await world.payment.post(shop, path, { ...contest, dueAt: '2027-01-01T00:00:00Z' });
  await world.payment.post(shop, `${path}/${chargeback.id}/submit`, { evidence: 'note' });
  const operator = await Operator.of(world.payment);
  await world.payment.post(operator, `${path}/${chargeback.id}/lost`, { evidence: 'their letter' });
  const { body: payment } = await world.payment.get(shop, `/transactions/${transactionId}`);
  const record = invoiceRecord({ id: 'i1', merchantId: shop.merchantId, sourceId: payment.source.id });
  const inbound = { topic: 'invoice.events', partition: 0, offset: '1', timestampMs: 0, key: 'k', headers: {} };
  await world.payment.app.get(NoteInvoiceEvent).execute({ ...inbound, value: record, eventId: 'e1' });
  await eventually(async () => detailOf(await read(sale), 'WEBHOOK_TRY', 'mq-pay:chargeback.opened'));
  const timeline = await settledTimeline(sale);
  const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);

  expect(detailOf(timeline, 'PROVIDER_CALL', 'CREATE')).toEqual({
    provider: 'VNPAY_QR_MMS',
    outcome: 'SUCCEEDED',
    providerCode: '00',
    durationMs: expect.any(Number),
    finishedAt: instant,
    codeTableVersion: expect.any(String),
  });
  expect(detailOf(timeline, 'CALLBACK', 'APPLIED')).toEqual({
    provider: 'VNPAY_QR_MMS',
    outcome: 'APPLIED',
    processedAt: instant,
  });
  expect(detailOf(timeline, 'JOURNAL', 'PAYMENT_SUCCESS')).toEqual({
    key: expect.any(String),
    currency: 'VND',
    effectiveDate: expect.any(String),
    entries: [
      { account: 'PROVIDER_RECEIVABLE', side: 'DEBIT', amount: 100_000 },
      { account: 'MERCHANT_OWN', side: 'CREDIT', amount: 100_000 },
    ],
  });
  expect(detailOf(timeline, 'EVENT', 'mq-pay:transaction.settled')).toEqual({
    version: expect.any(Number),
    publishedAt: instant,
    attemptStatus: '302_SUCCESS',
    transactionStatus: '304_SETTLED',
    waitsFor: [],
  });
  expect(detailOf(timeline, 'PUSH', 'mq-pay:transaction.settled')).toEqual({
    channel: 'SCREENS',
    topic: 'observation/payment/transaction/settled',
    publishedAt: instant,
    waiting: false,
  });
  expect(detailOf(timeline, 'PUSH', 'PAYMENT_SUCCESS')).toEqual({
    channel: 'PEOPLE',
    recipientScope: 'merchant',
    publishedAt: instant,
    waiting: false,
  });
  expect(timeline.some(({ kind, what }) => kind === 'EVENT' && what === 'PAYMENT_SUCCESS')).toBe(false);
  expect(detailOf(timeline, 'WEBHOOK_TRY', 'mq-pay:chargeback.opened')).toEqual({
    deliveryId: expect.any(String),
    webhookConfigId: config.id,
    sequence: 1,
    number: 1,
    statusCode: 410,
    error: null,
    durationMs: expect.any(Number),
  });
  const steps = timeline.filter(({ kind }) => kind === 'CHARGEBACK');
  expect(steps.map(({ what, attemptId: of }) => [what, of])).toEqual(
    ['OPEN', 'SUBMITTED', 'LOST'].map((status) => [status, attemptId]),
  );
  expect(steps[0]!.detail).toEqual({
    ...contest,
    provider: 'VNPAY_QR_MMS',
    currency: 'VND',
    dueAt: '2027-01-01T00:00:00+00:00',
  });
  expect(detailOf(timeline, 'INVOICE', 'invoice.created')).toEqual({ ...RECORDED, dueAt: instant });
  await subscriber.stop();
});

it('tells each change of state, those without an event too, and what was cancelled', { timeout: 30_000 }, async () => {
  const sale = await cancelledAndPaid();
  const { shop, transactionId, attemptId } = sale;
  const timeline = await settledTimeline(sale);
  const states = timeline.filter(({ kind }) => ['EVENT', 'STATE', 'CANCEL'].includes(kind));
  expect(states.map(({ kind, what, detail }) => [kind, what, detail.from ?? detail.attemptStatus])).toEqual([
    ['EVENT', 'mq-pay:transaction.created', null],
    ['EVENT', 'mq-pay:attempt.created', '100_NEW'],
    ['STATE', '000_UNKNOWN', '100_NEW'],
    ['EVENT', 'mq-pay:attempt.sent', '204_SENT'],
    ['CANCEL', 'CANCEL_PAYMENT', undefined],
    ['EVENT', 'mq-pay:attempt.cancelled', '505_CANCELLED'],
    ['EVENT', 'mq-pay:transaction.cancelled', null],
    ['STATE', '302_SUCCESS', '505_CANCELLED'],
  ]);
  expect(states[2]).toMatchObject({ attemptId, detail: { reason: 'HTTP_502', version: 2 } });
  expect(states[4]).toMatchObject({ attemptId, detail: { reason: 'left', provider: 'VNPAY_QR_MMS' } });
  expect(states[6]?.detail.transactionStatus).toBe('505_CANCELLED');
  const paid = await world.qrSale();
  await settledTimeline(paid);
  // The usual payment pays for none of this.
  expect(
    await world.payment.sql('SELECT 1 FROM "StateChange" WHERE transaction_id = $1', [paid.transactionId]),
  ).toEqual([]);
  expect((await pageOf({ shop, transactionId }, '?cursor=x')).status).toBe(422);
});

it('comes by pages from the newest back, nothing left out', async () => {
  const sale = await world.qrSale();
  const whole = await settledTimeline(sale);
  const pages: TimelineEntryView[][] = [];
  for (let query = '?limit=3'; query !== '';) {
    const { body } = await pageOf(sale, query);
    pages.unshift(body.data);
    query = body.nextCursor === null ? '' : `?limit=3&cursor=${body.nextCursor}`;
  }
  expect(pages.at(-1)).toEqual(whole.slice(-3));
  expect(pages.flat()).toEqual(whole);
  // Older than all the rest, and more than a page holds.
  await world.payment.sql(
    `INSERT INTO "StateChange" (transaction_id, version, position, from_status, to_status, created_at)
     SELECT $1, 0, n, 'a', 'b', '2026-01-01' FROM generate_series(1, 300) n`,
    [sale.transactionId],
  );
  const newest = await pageOf(sale, '');
  expect(newest.body.data).toHaveLength(200);
  expect(newest.body.data.slice(-whole.length)).toEqual(whole);
  const rest = await pageOf(sale, `?cursor=${newest.body.nextCursor}`);
  expect([rest.body.data.length, rest.body.nextCursor]).toEqual([100 + whole.length, null]);
  expect((await pageOf(sale, '?limit=201')).status).toBe(422);
});

it('says of a push for which way out it waits', async () => {
  const sale = await world.cashSale();
  await settledTimeline(sale);
  // What waits for screens is there for good: nothing is handed on to them twice.
  await world.payment.sql(
    `INSERT INTO "OutboxWaiting" (aggregate_type, aggregate_id, route, aggregate_version, position, outbox_id, created_at)
     SELECT aggregate_type, aggregate_id, 'push', aggregate_version, position, id, created_at FROM "Outbox"
     WHERE aggregate_id = $1 AND event_type IN ('PAYMENT_SUCCESS', 'mq-pay:transaction.settled')`,
    [sale.transactionId],
  );
  const timeline = await read(sale);
  expect(detailOf(timeline, 'PUSH', 'PAYMENT_SUCCESS').waiting).toBe(false);
  expect(detailOf(timeline, 'PUSH', 'mq-pay:attempt.success').waiting).toBe(false);
  const waits = { waiting: true, publishedAt: null };
  expect(detailOf(timeline, 'PUSH', 'mq-pay:transaction.settled')).toMatchObject(waits);
  expect(detailOf(timeline, 'EVENT', 'mq-pay:transaction.settled').waitsFor).toEqual(['push']);
  const [snapshot] = await readPayments(world.payment.app.get(Database), sale.transactionId);
  expect(snapshot?.waiting).toEqual([
    { eventType: 'mq-pay:transaction.settled', createdAt: expect.any(Number), routes: ['push'] },
    { eventType: 'PAYMENT_SUCCESS', createdAt: expect.any(Number), routes: ['push'] },
  ]);
});
