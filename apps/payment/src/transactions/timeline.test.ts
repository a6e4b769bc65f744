import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operator } from '../testing/operator.fixture';
import { RefundWorld } from '../testing/refund-world.fixture';
import type { TimelineEntryView } from './timeline';

let world: RefundWorld;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' });
});
afterAll(() => world.stop());

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
  const read = async (): Promise<TimelineEntryView[]> =>
    (await world.payment.get(sale.shop, `/transactions/${sale.transactionId}/timeline`)).body.data;
  const timeline = await read();
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
  expect(await read()).toEqual(timeline);
});
