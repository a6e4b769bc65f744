import { Database } from '@nx/persistence';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invoiceRecord, RECORDED } from '../invoices-in/invoice-record.fixture';
import { NoteInvoiceEvent } from '../invoices-in/note-invoice-event';
import { readPayments } from '../operations/why/read-payment';
import { Operator } from '../testing/operator.fixture';
import { unique } from '../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';
import { TestSubscriber } from '../testing/subscriber.fixture';
import type { TimelineEntryView } from './timeline';

let world: RefundWorld;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' });
});
afterAll(() => world.stop());

const read = async ({ shop, transactionId }: PaidSale): Promise<TimelineEntryView[]> =>
  (await world.payment.get<{ data: TimelineEntryView[] }>(shop, `/transactions/${transactionId}/timeline`)).body.data;

/** Without a push that waits: from then on nothing moves by itself. */
const settledTimeline = (sale: PaidSale): Promise<TimelineEntryView[]> =>
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
