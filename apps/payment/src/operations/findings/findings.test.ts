import { Metrics } from '@nx/observability';
import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../../testing/ledger-check.fixture';
import { Operator } from '../../testing/operator.fixture';
import { now, unique } from '../../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../../testing/refund-world.fixture';
import { newTrace, type TestVnpay } from '../../testing/vnpay.fixture';
import type { FindingPage, FindingView } from './finding.dto';

let world: RefundWorld;
let operator: Operator;
beforeAll(async () => {
  world = await RefundWorld.start();
  operator = await Operator.of(world.payment);
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

const list = async (filter: Record<string, string>): Promise<FindingPage> =>
  (await world.payment.get<FindingPage>(operator, `/operations/findings?${new URLSearchParams(filter).toString()}`))
    .body;
const act = (id: string, action: string, body: object, headers = {}) =>
  world.payment.post(operator, `/operations/findings/${id}/${action}`, body, headers);

/** A sale that was paid twice, with the finding about the second payment. */
const paidTwice = async (
  autoRefund = false,
): Promise<{ sale: PaidSale & { vnpay: TestVnpay }; finding: FindingView }> => {
  const sale = await world.qrSale();
  if (autoRefund) {
    await world.payment.post(sale.shop, '/configurations', { code: 'PAYMENT_SETTINGS', tValue: { autoRefund } });
    sale.vnpay.refund = 'refuse';
  }
  const notice = { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() };
  await world.payment.ipn(sale.shop, notice);
  await world.processed(sale.shop);
  const { data } = await list({ transactionId: sale.transactionId });
  const [finding] = data;
  if (finding === undefined || data.length > 1) throw new Error(`${data.length} findings`);
  return { sale, finding };
};
/** A finding without money: what two statements about one amount leave. */
const conflicting = async (merchantId: string): Promise<string> => {
  const id = unique('F');
  await world.payment.sql(
    `INSERT INTO "Finding" (id, code, merchant_id, detail, created_at, modified_at) VALUES ($1, 'CONFLICTING_EVIDENCE', $2, 'd', date_trunc('milliseconds', now()), now())`,
    [id, merchantId],
  );
  return id;
};

describe('the list of findings', () => {
  it('is for operators alone', async () => {
    const shop = await world.payment.shop(null);
    expect((await world.payment.get(shop, '/operations/findings')).status).toBe(403);
    expect((await world.payment.post(shop, '/operations/findings/x/assign', {})).status).toBe(403);
  });

  it('says what a finding is about, and which money waits', async () => {
    const { sale, finding } = await paidTwice();
    expect(finding).toMatchObject({
      code: 'SECOND_PAYMENT',
      status: 'OPEN',
      merchantId: sale.shop.merchantId,
      transactionId: sale.transactionId,
      attemptId: sale.attemptId,
      owner: null,
      outcome: null,
      suspense: { amount: 100_000, left: 100_000, currency: 'VND' },
    });
    const read = async (): Promise<FindingView> =>
      (await world.payment.get<FindingView>(operator, `/operations/findings/${finding.id}`)).body;
    expect(await read()).toEqual(finding);
    const reverse = 'UPDATE "SuspenseItem" SET reversed = $2 WHERE finding_id = $1';
    await world.payment.sql(reverse, [finding.id, 30_000]);
    expect((await read()).suspense?.left).toBe(70_000);
    await world.payment.sql(reverse, [finding.id, 0]);
  });

  it('is filtered and paged, the newest first, each once', async () => {
    const merchantId = unique('M');
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift(await conflicting(merchantId));
    await act(ids[0] ?? '', 'resolve', { outcome: 'EXPLAINED', note: 'both were the same' });
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null; page += 1) {
      expect(page).toBeLessThan(4);
      const answer = await list({ merchantId, limit: '2', ...(cursor === '' ? {} : { cursor }) });
      seen.push(...answer.data.map(({ id }: { id: string }) => id));
      cursor = answer.nextCursor;
    }
    expect(seen).toEqual(ids);
    const idsOf = async (filter: Record<string, string>) =>
      (await list({ merchantId, ...filter })).data.map(({ id }: { id: string }) => id);
    expect(await idsOf({ status: 'OPEN' })).toEqual(ids.slice(1));
    expect(await idsOf({ status: 'RESOLVED' })).toEqual(ids.slice(0, 1));
    expect(await idsOf({ code: 'SURPLUS' })).toEqual([]);
    await act(ids[2] ?? '', 'assign', { owner: 'An' });
    expect(await idsOf({ owner: 'An' })).toEqual([ids[2]]);
    expect((await world.payment.get(operator, '/operations/findings?status=LOST')).status).toBe(422);
    expect((await world.payment.get(operator, '/operations/findings?cursor=x')).status).toBe(422);
  });

  it('is counted by code, with the age of the oldest', async () => {
    const id = await conflicting(unique('M'));
    await world.payment.sql(
      `UPDATE "Finding" SET code = 'OF_THIS_TEST', created_at = now() - interval '1 hour' WHERE id = $1`,
      [id],
    );
    const metrics = world.payment.app.get(Metrics);
    // The first look already has the age: it is read together with the count.
    const text = await metrics.render();
    expect(text).toMatch(/payment_findings_by_code\{code="OF_THIS_TEST",[^}]*\} 1\n/);
    const age = Number(/payment_findings_age_seconds\{code="OF_THIS_TEST",[^}]*\} ([\d.]+)/.exec(text)?.[1]);
    expect(age).toBeGreaterThan(3599);
    expect(Number(/payment_findings_open_age_seconds\{[^}]*\} ([\d.]+)/.exec(text)?.[1])).toBeGreaterThan(3599);
    await act(id, 'resolve', { outcome: 'DUPLICATE', note: 'of another' });
    expect(await metrics.render()).not.toMatch(/payment_findings_by_code\{code="OF_THIS_TEST"/);
  });
});

describe('a finding', () => {
  it('is taken, resolved and reopened, and every step is told to the audit trail', async () => {
    const merchant_id = unique('M');
    const id = await conflicting(merchant_id);
    const assigned = await act(id, 'assign', { note: 'asked the bank' });
    expect(assigned.body).toMatchObject({ owner: expect.stringMatching(/^U/), note: 'asked the bank', status: 'OPEN' });
    const resolved = await act(id, 'resolve', { outcome: 'CORRECTED', note: 'booked by journal 7' });
    expect(resolved.body).toMatchObject({ status: 'RESOLVED', outcome: 'CORRECTED', note: 'booked by journal 7' });
    expect(resolved.body.resolvedBy).toBe(assigned.body.owner);
    expect(resolved.body.resolvedAt).not.toBeNull();
    expect(await act(id, 'resolve', { outcome: 'EXPLAINED', note: 'again' })).toMatchObject({
      status: 409,
      body: { code: 'payment.finding.not_open' },
    });
    expect((await act(id, 'assign', {})).body.code).toBe('payment.finding.not_open');
    const reopened = await act(id, 'reopen', { note: 'journal 7 is another' });
    expect(reopened.body).toMatchObject({ status: 'OPEN', outcome: null, resolvedBy: null, resolvedAt: null });
    expect((await act(id, 'reopen', { note: 'again' })).body.code).toBe('payment.finding.not_resolved');
    const trail = await world.payment.sql(
      `SELECT action, merchant_id, reason, before->>'status' AS before, after->>'status' AS after FROM "AuditTrail"
       WHERE entity_type = 'Finding' AND entity_id = $1 ORDER BY created_at, id`,
      [id],
    );
    expect(trail).toEqual([
      { action: 'finding.assign', merchant_id, reason: 'asked the bank', before: 'OPEN', after: 'OPEN' },
      { action: 'finding.resolve', merchant_id, reason: 'booked by journal 7', before: 'OPEN', after: 'RESOLVED' },
      { action: 'finding.reopen', merchant_id, reason: 'journal 7 is another', before: 'RESOLVED', after: 'OPEN' },
    ]);
  });

  it.each([
    ['resolve', {}],
    ['resolve', { outcome: 'ACCEPTED', note: 'only the system says so' }],
    ['resolve', { outcome: 'EXPLAINED', note: '   ' }],
    ['reopen', {}],
    ['assign', { owner: '' }],
  ])('%s with %j is refused by the name of the member', async (action, body) => {
    const id = await conflicting(unique('M'));
    const refused = await act(id, action, body);
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0]?.pointer).toMatch(/^\/(outcome|note|owner)$/);
  });

  it('that does not exist is not found', async () => {
    expect((await act('nothing', 'assign', {})).body.code).toBe('payment.finding.not_found');
    expect((await world.payment.get(operator, '/operations/findings/nothing')).status).toBe(404);
  });

  it('is resolved by one of two people at once', async () => {
    const id = await conflicting(unique('M'));
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((note) => act(id, 'resolve', { outcome: 'EXPLAINED', note })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  });

  it('about money that waits is not resolved by words', async () => {
    const { finding } = await paidTwice();
    const refused = await act(finding.id, 'resolve', { outcome: 'WRITTEN_OFF', note: 'small' });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'payment.finding.money_waits', suspense: { left: 100_000 } },
    });
  });

  it('is closed by the refund that explains it, and not while that refund has failed', async () => {
    const { sale, finding } = await paidTwice(true);
    const failed = await eventually(async () => {
      const { body } = await world.payment.get(sale.shop, `/transactions/${sale.transactionId}/refunds`);
      return body.data[0]?.status === 'FAILED' ? body.data[0] : undefined;
    });
    const one = async () => (await world.payment.get<FindingView>(operator, `/operations/findings/${finding.id}`)).body;
    expect(await one()).toMatchObject({ status: 'OPEN', suspense: { left: 100_000 } });
    sale.vnpay.refund = 'success';
    await world.retry(sale, failed.id);
    await world.comesTo(sale, failed.id, 'SUCCEEDED');
    expect(await one()).toMatchObject({
      status: 'RESOLVED',
      outcome: 'REFUNDED',
      resolvedBy: null,
      resolvedAt: expect.stringMatching(/Z$/),
      suspense: { left: 0 },
    });
  });
});

describe('the commands', () => {
  it('list, assign, resolve and reopen over the service, as the machine itself and as a person', async () => {
    const merchantId = unique('M');
    const id = await conflicting(merchantId);
    const listed = await operator.command(['findings', 'list', `--merchant=${merchantId}`], 'machine');
    expect(listed).toMatchObject({ code: 1, error: '' });
    expect(listed.out).toContain(`${id}  CONFLICTING_EVIDENCE`);
    const dry = await operator.command(['findings', 'assign', id, '--owner=An', '--dry-run'], 'machine');
    expect(dry.out).toContain('nothing was sent');
    const assigned = await operator.command(['findings', 'assign', id, '--owner=An'], 'machine');
    expect(assigned.out).toBe(`finding ${id} is OPEN, owner An`);
    const resolve = ['findings', 'resolve', id, '--outcome=EXPLAINED', '--note=both were the same'];
    const resolved = await operator.command(resolve);
    expect(resolved).toMatchObject({ code: 0, out: `finding ${id} is RESOLVED (EXPLAINED), owner An` });
    expect(await operator.command(resolve)).toMatchObject({
      code: 4,
      error: expect.stringContaining('payment.finding.not_open'),
    });
    expect(await operator.command(['findings', 'list', `--merchant=${merchantId}`], 'machine')).toMatchObject({
      code: 0,
      out: 'no finding',
    });
    expect(await operator.command(['findings', 'reopen', id, '--note=not so'], 'machine')).toMatchObject({ code: 0 });
    expect(await operator.command(['findings', 'resolve', id], 'machine')).toMatchObject({ code: 2 });
  });
});
