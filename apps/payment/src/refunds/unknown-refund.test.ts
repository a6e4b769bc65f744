import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import { Operator } from '../testing/operator.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';
import type { TestVnpay } from '../testing/vnpay.fixture';

let world: RefundWorld;
let operator: Operator;
let other: Operator;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '50000' });
  [operator, other] = [await Operator.of(world.payment), await Operator.of(world.payment)];
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

type QrSale = PaidSale & { vnpay: TestVnpay };
interface Listed {
  readonly refund: string;
  readonly status: string;
  readonly try: string;
  readonly number: string;
}

/** A refund over a QR provider whose answer was lost; it cannot be asked what became of it. */
const lost = async (amount: number): Promise<{ sale: QrSale; refundId: string }> => {
  const sale = await world.qrSale();
  sale.vnpay.refund = 'error';
  const { body } = await world.refund(sale, { amount });
  await world.comesTo(sale, body.id, 'UNKNOWN');
  return { sale, refundId: body.id };
};
const listed = async (refundId: string): Promise<Listed | undefined> => {
  const { out } = await operator.command(['list-failed-refunds', '--last-24h', '--json']);
  const { failed } = JSON.parse(out) as { failed: Listed[] };
  return failed.find(({ refund }) => refund === refundId);
};
const sent = ({ vnpay }: QrSale): string[] =>
  vnpay.calls.filter(({ path }) => path === '/refund').map(({ body }) => String(body['refundTxnId']));
const resolve = (sale: PaidSale, attempt: string, status: string, evidence: object, more: string[] = []) =>
  operator.command([
    'resolve-stuck-transaction',
    `--transaction-id=${sale.transactionId}`,
    `--attempt=${attempt}`,
    `--status=${status}`,
    `--evidence=${JSON.stringify({ source: 'report of 21 November', ...evidence })}`,
    ...more,
  ]);

describe('a refund of which the provider cannot be asked', () => {
  it('is listed for a person with its number, however old it is, and ends by the report', async () => {
    const { sale, refundId } = await lost(40_000);
    await world.payment.sql(`UPDATE "Refund" SET modified_at = now() - interval '9 days' WHERE id = $1`, [refundId]);
    const row = await listed(refundId);
    expect(row).toMatchObject({ status: 'UNKNOWN', number: sent(sale)[0] });
    const shown = await operator.command(['list-failed-refunds', '--last-24h']);
    expect(shown).toMatchObject({ code: 1, out: expect.stringContaining('resolve-stuck-transaction') });
    expect((await operator.command(['retry-refund', refundId, '--reason=again'])).code).toBe(4);
    const done = await resolve(sale, row?.try ?? '', 'completed', { reference: '778899' });
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining('APPLIED') });
    expect(await world.one(sale, refundId)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await world.findings(sale)).toEqual(['REFUND_UNKNOWN RESOLVED PROVEN']);
    expect(await listed(refundId)).toBeUndefined();
    expect(sent(sale)).toHaveLength(1);
  });

  it('that is not in the report has failed, and goes out once more under a new number', async () => {
    const { sale, refundId } = await lost(40_000);
    const { try: attempt = '' } = (await listed(refundId)) ?? {};
    expect(await resolve(sale, attempt, 'failed', { description: 'not in it' })).toMatchObject({ code: 0 });
    expect(await listed(refundId)).toMatchObject({ status: 'FAILED' });
    sale.vnpay.refund = 'success';
    expect(await operator.command(['retry-refund', refundId, '--reason=not in the report'])).toMatchObject({ code: 0 });
    await world.comesTo(sale, refundId, 'SUCCEEDED');
    expect(new Set(sent(sale)).size).toBe(2);
    expect(await listed(refundId)).toBeUndefined();
    expect(await world.payment.transaction(sale.shop, sale.transactionId)).toMatchObject({
      refunded: 40_000,
      refundReserved: 0,
    });
  });

  it('above the limit is ended by two persons', async () => {
    const { sale, refundId } = await lost(60_000);
    const { try: attempt = '' } = (await listed(refundId)) ?? {};
    const evidence = { description: 'not in it' };
    const asked = await resolve(sale, attempt, 'failed', evidence, ['--json']);
    expect(asked.code).toBe(1);
    expect(await world.one(sale, refundId)).toMatchObject({ status: 'UNKNOWN' });
    const { approvalId } = JSON.parse(asked.out).approval;
    expect((await other.approve(approvalId)).status).toBe(200);
    expect(await resolve(sale, attempt, 'failed', evidence, [`--approval=${approvalId}`])).toMatchObject({ code: 0 });
    expect(await world.one(sale, refundId)).toMatchObject({ status: 'FAILED' });
  });
});
