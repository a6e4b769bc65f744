import fc from 'fast-check';
import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../../testing/ledger-check.fixture';
import { Operator } from '../../testing/operator.fixture';
import { now } from '../../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../../testing/refund-world.fixture';
import { ipnBody, newTrace } from '../../testing/vnpay.fixture';

let world: RefundWorld;
let operator: Operator;
beforeAll(async () => {
  world = await RefundWorld.start('full', { APP_ENV_OPERATOR_LIMIT_MINOR: '100000' });
  operator = await Operator.of(world.payment);
});
afterEach(() => expectBooksInOrder(world.payment));
afterAll(() => world.stop());

const HOUR = 3_600_000;
const proof = (change: object = {}) => ({
  source: 'provider support, ticket 8812',
  reference: newTrace(),
  amount: 100_000,
  paidAt: new Date(now()).toISOString(),
  ...change,
});
const denial = { source: 'provider support', description: 'they know of no payment' };
const resolve = (sale: Pick<PaidSale, 'transactionId'>, body: object) =>
  operator.post(`/transactions/${sale.transactionId}/resolve`, body);

type Row = readonly [
  name: string,
  request: { status: string; evidence: object },
  aged: number,
  end: { outcome: string; attempt: string; transaction: string; paid: number; suspense: bigint; findings: string[] },
];
const KNOWN = 'OUTCOME_UNKNOWN RESOLVED PROVEN';
const ROWS: readonly Row[] = [
  [
    'a payment in time',
    { status: 'completed', evidence: proof() },
    0,
    {
      outcome: 'APPLIED',
      attempt: '302_SUCCESS',
      transaction: '304_SETTLED',
      paid: 100_000,
      suspense: 0n,
      findings: [KNOWN],
    },
  ],
  [
    'another amount',
    { status: 'completed', evidence: proof({ amount: 90_000 }) },
    0,
    {
      outcome: 'SUSPENSE',
      attempt: '302_SUCCESS',
      transaction: '100_NEW',
      paid: 0,
      suspense: 90_000n,
      findings: [KNOWN, 'WRONG_AMOUNT OPEN'],
    },
  ],
  [
    'a payment after the end',
    { status: 'completed', evidence: proof() },
    HOUR,
    {
      outcome: 'SUSPENSE',
      attempt: '302_SUCCESS',
      transaction: '100_NEW',
      paid: 0,
      suspense: 100_000n,
      findings: ['LATE_SUCCESS OPEN', KNOWN],
    },
  ],
  [
    'a payment in time that is proven after the end',
    { status: 'completed', evidence: proof({ paidAt: new Date(now() - HOUR).toISOString() }) },
    HOUR,
    {
      outcome: 'APPLIED',
      attempt: '302_SUCCESS',
      transaction: '304_SETTLED',
      paid: 100_000,
      suspense: 0n,
      findings: [KNOWN],
    },
  ],
  ...(
    [
      ['failed', '500_FAIL'],
      ['cancelled', '505_CANCELLED'],
      ['expired', '501_EXPIRED'],
    ] as const
  ).map(([status, attempt]): Row => [
    `that it ${status}`,
    { status, evidence: denial },
    0,
    { outcome: attempt, attempt, transaction: '100_NEW', paid: 0, suspense: 0n, findings: [KNOWN] },
  ]),
];

describe('evidence of a person about an unknown payment', () => {
  it.each(ROWS)('proves %s', async (_name, request, aged, end) => {
    const sale = await world.unknownSale();
    await world.payment.age(sale.attemptId, aged);
    const answer = await resolve(sale, request);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        outcome: end.outcome,
        attemptId: sale.attemptId,
        transaction: { status: end.transaction, paid: end.paid },
      },
    });
    expect(answer.body.transaction.attempts[0]?.status).toBe(end.attempt);
    expect(answer.body.transaction.openAmount).toBe(0);
    expect(await world.findings(sale)).toEqual(end.findings);
    expect((await balancesOf(world.payment, sale.transactionId))['SUSPENSE'] ?? 0n).toBe(end.suspense);
    const again = await resolve(sale, request);
    expect(['DUPLICATE', 'NO_NEWS']).toContain(again.body.outcome);
    const [kept] = await world.payment.sql(
      `SELECT count(*)::int AS rows, min(operation) AS operation, string_agg(evidence_sealed, '') AS sealed,
         (SELECT count(*)::int FROM "AuditTrail" WHERE entity_id = $1 AND action = 'transaction.resolve') AS audited
       FROM "OperatorEvidence" WHERE transaction_id = $1`,
      [sale.transactionId],
    );
    expect(kept).toMatchObject({ rows: 1, operation: 'transaction.resolve', audited: 1 });
    expect(kept?.['sealed']).not.toContain('provider support');
  });

  it('is refused by the name of the member that is missing', async () => {
    const sale = await world.unknownSale();
    const pointerOf = async (body: object) => (await resolve(sale, body)).body.errors[0]?.pointer;
    const { reference: _reference, ...nameless } = proof();
    expect(await pointerOf({ status: 'completed', evidence: nameless })).toBe('/evidence/reference');
    expect(await pointerOf({ status: 'completed', evidence: proof({ amount: undefined }) })).toBe('/evidence/amount');
    expect(await pointerOf({ status: 'completed', evidence: proof({ paidAt: '2126-01-01T00:00:00Z' }) })).toBe(
      '/evidence/paidAt',
    );
    expect(await pointerOf({ status: 'failed', evidence: { source: 'x' } })).toBe('/evidence/description');
    expect(await pointerOf({ status: 'lost', evidence: denial })).toBe('/status');
    expect((await resolve(sale, { status: 'failed', evidence: {} })).status).toBe(422);
    expect((await world.payment.transaction(sale.shop, sale.transactionId)).attempts[0]?.status).toBe('000_UNKNOWN');
  });

  it('ends nothing that ends by itself, and no counter money', async () => {
    const shop = await world.payment.shop();
    const { transaction } = await world.payment.qr(shop);
    const failed = { status: 'failed', evidence: denial };
    expect((await resolve({ transactionId: transaction.id }, failed)).body.code).toBe('payment.resolution.not_stuck');
    const { body } = await world.payment.checkout(shop);
    const named = { ...failed, attemptId: body.attempt.uid };
    expect((await resolve({ transactionId: body.transaction.id }, named)).body.code).toBe(
      'payment.resolution.counter_money',
    );
    expect((await resolve({ transactionId: body.transaction.id }, failed)).body.code).toBe(
      'payment.resolution.attempt_required',
    );
    expect((await resolve({ transactionId: 'nothing' }, failed)).status).toBe(404);
  });

  it('that books a payment of another sale is kept as a contradiction', async () => {
    const paid = await world.qrSale();
    const { attempts } = await world.payment.transaction(paid.shop, paid.transactionId);
    const sale = await world.unknownSale();
    const evidence = proof({ reference: attempts[0]?.providerReference });
    expect((await resolve(sale, { status: 'completed', evidence })).body).toMatchObject({
      findings: ['CONFLICTING_EVIDENCE'],
      transaction: { status: '100_NEW', paid: 0 },
    });
  });

  it('above the limit waits for a second person, by REST and by command', async () => {
    const sale = await world.unknownSale({ total: 100_001 });
    const evidence = proof({ amount: 100_001 });
    const request = { status: 'completed', evidence };
    const asked = await resolve(sale, request);
    expect(asked).toMatchObject({ status: 202, body: { operation: 'transaction.resolve', state: 'PENDING' } });
    const { approvalId } = asked.body;
    expect((await resolve(sale, { ...request, approvalId })).body.code).toBe('payment.approval.not_approved');
    expect((await operator.approve(approvalId)).body.code).toBe('payment.approval.own');
    const other = await Operator.of(world.payment);
    await other.approve(approvalId);
    const more = { ...request, evidence: { ...evidence, amount: 200_000 }, approvalId };
    expect((await resolve(sale, more)).body.code).toBe('payment.approval.payload_differs');
    const command = [
      'resolve-stuck-transaction',
      `--transaction-id=${sale.attemptUid}`,
      '--status=completed',
      `--evidence=${JSON.stringify(evidence)}`,
    ];
    expect(await operator.command(command, 'machine')).toMatchObject({
      code: 4,
      error: expect.stringContaining('payment.approval.person_required'),
    });
    expect(await operator.command(command)).toMatchObject({ code: 1, out: expect.stringContaining(approvalId) });
    const done = await operator.command([...command, `--approval=${approvalId}`]);
    expect(done).toMatchObject({
      code: 0,
      out: expect.stringContaining('is 304_SETTLED, 100001 paid; evidence: APPLIED'),
    });
    const [row] = await world.payment.sql('SELECT approval_id FROM "OperatorEvidence" WHERE transaction_id = $1', [
      sale.transactionId,
    ]);
    expect(row).toEqual({ approval_id: approvalId });
  });
});

const STEPS = ['completed', 'failed', 'ipn', 'query', 'repeat'] as const;

describe('evidence of a person beside all other evidence', () => {
  it('ends in the same state in any order, at once or one after the other', { timeout: 60_000 }, async () => {
    const groups = fc.array(fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(groups, async (given) => {
        const sale = await world.unknownSale();
        const qrTrace = newTrace();
        const paidAtMs = now();
        sale.vnpay.paid = { amount: 100_000, qrTrace, paidAtMs };
        sale.vnpay.check = 'paid';
        const evidence = proof({ reference: qrTrace, paidAt: new Date(paidAtMs).toISOString() });
        const notice = ipnBody(sale.shop, { txnId: sale.attemptUid, amount: 100_000, paidAtMs, qrTrace });
        const play = async (step: (typeof STEPS)[number]): Promise<void> => {
          if (step === 'query') {
            await world.payment.post(sale.shop, '/payments/verify', { attemptId: sale.attemptId });
          } else if (step === 'completed' || step === 'failed') {
            const answer = await resolve(sale, { status: step, evidence: step === 'failed' ? denial : evidence });
            expect(answer.status).toBe(200);
          } else {
            expect(['00', '03']).toContain((await world.payment.ipnRaw(notice)).body.code);
          }
        };
        for (const group of given) await Promise.all(group.map(play));
        await world.payment.processed(sale.shop);
        const steps = given.flat();
        const { status, paid, attempts } = await world.payment.transaction(sale.shop, sale.transactionId);
        const proven = steps.some((step) => step === 'completed' || step === 'ipn' || step === 'repeat');
        if (proven) expect([status, paid, attempts[0]?.status]).toEqual(['304_SETTLED', 100_000, '302_SUCCESS']);
        else if (!steps.includes('query')) expect([paid, attempts[0]?.status]).toEqual([0, '500_FAIL']);
        const [counts] = await world.payment.sql(
          `SELECT (SELECT count(*)::int FROM "LedgerJournal" WHERE transaction_id = $1) AS journals,
             (SELECT count(*)::int FROM "Outbox" WHERE aggregate_id = $1 AND event_type = 'mq-pay:transaction.settled') AS settled`,
          [sale.transactionId],
        );
        expect(counts).toEqual(paid > 0 ? { journals: 1, settled: 1 } : { journals: 0, settled: 0 });
        await expectBooksInOrder(world.payment);
      }),
      { numRuns: 12 },
    );
  });
});

describe('evidence of a person about an unknown refund', () => {
  const unknownRefund = async () => {
    const sale = await world.qrSale();
    sale.vnpay.refund = 'error';
    const { body } = await world.refund(sale);
    return { sale, refund: await world.comesTo(sale, body.id, 'UNKNOWN') };
  };

  it.each([
    ['completed', { source: 'portal', reference: '14999001' }, 'SUCCEEDED', 0n],
    ['failed', denial, 'FAILED', 100_000n],
  ] as const)('%s ends it', async (status, evidence, end, own) => {
    const { sale, refund } = await unknownRefund();
    expect(await world.findings(sale)).toEqual(['REFUND_UNKNOWN OPEN']);
    const attemptId = refund.tries[0]?.id;
    expect((await resolve(sale, { status: 'expired', evidence, attemptId })).body.errors[0]?.pointer).toBe('/status');
    const answer = await resolve(sale, { status, evidence });
    expect(answer).toMatchObject({ status: 200, body: { attemptId, outcome: 'APPLIED' } });
    expect((await world.one(sale, refund.id)).status).toBe(end);
    expect(await world.findings(sale)).toEqual(['REFUND_UNKNOWN RESOLVED PROVEN']);
    expect(await balancesOf(world.payment, sale.transactionId)).toMatchObject({
      REFUND_PAYABLE: 0n,
      MERCHANT_OWN: own,
    });
    expect((await resolve(sale, { status, evidence, attemptId })).body.outcome).toBe('DUPLICATE');
    expect(await world.events(sale)).toHaveLength(1);
  });

  it('decides once when two people say opposite things at once', async () => {
    const { sale, refund } = await unknownRefund();
    const attemptId = refund.tries[0]?.id;
    const evidence = { source: 'portal', reference: '14999002', description: 'seen' };
    await Promise.all(['completed', 'failed'].map((status) => resolve(sale, { status, evidence, attemptId })));
    // A success beats the failure whichever was first, for the money has gone.
    expect((await world.one(sale, refund.id)).status).toBe('SUCCEEDED');
  });

  it('a failed one is listed and tried again by a person of the platform', async () => {
    const sale = await world.qrSale();
    sale.vnpay.refund = 'refuse';
    const { body } = await world.refund(sale);
    await world.comesTo(sale, body.id, 'FAILED');
    sale.vnpay.refund = 'success';
    const done = await operator.command(['retry-refund', body.id, '--reason=they mended it'], 'machine');
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/^refund .* over 100000 is SENT$/) });
    await world.comesTo(sale, body.id, 'SUCCEEDED');
    const [audit] = await world.payment.sql(
      `SELECT action, reason, actor_id FROM "AuditTrail" WHERE entity_id = $1 AND action = 'refund.retry'`,
      [sale.transactionId],
    );
    expect(audit).toMatchObject({ reason: 'they mended it', actor_id: expect.stringMatching(/^pod:/) });
    expect(await operator.command(['retry-refund', body.id, '--reason=again'])).toMatchObject({ code: 4 });
  });
});

describe('a replay', () => {
  const replay = (sale: PaidSale, body: object) => operator.post(`/transactions/${sale.transactionId}/replay`, body);

  it('reads callbacks and evidence of people again, asks the provider, and changes nothing that is right', async () => {
    const sale = await world.unknownSale();
    await resolve(sale, { status: 'failed', evidence: denial });
    const qrTrace = newTrace();
    await world.payment.ipn(sale.shop, { txnId: sale.attemptUid, amount: 100_000, paidAtMs: now(), qrTrace });
    await world.payment.processed(sale.shop);
    sale.vnpay.check = 'paid';
    sale.vnpay.paid = { amount: 100_000, qrTrace, paidAtMs: now() };
    const asked = await replay(sale, { reason: 'the merchant doubts it' });
    expect(asked).toMatchObject({ status: 202, body: { operation: 'transaction.replay' } });
    const { approvalId } = asked.body;
    await (await Operator.of(world.payment)).approve(approvalId);
    const done = await replay(sale, { reason: 'the merchant doubts it', approvalId });
    expect(done.body.transaction).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    expect(done.body.replayed).toEqual([
      { source: 'CALLBACK', about: expect.any(String), outcome: 'DUPLICATE' },
      { source: 'OPERATOR', about: sale.attemptUid, outcome: 'NO_NEWS' },
      { source: 'QUERY', about: sale.attemptUid, outcome: 'ANSWERED' },
    ]);
    expect((await replay(sale, { reason: 'again', approvalId })).body.code).toBe('payment.approval.used');
    expect(await balancesOf(world.payment, sale.transactionId)).toEqual({
      PROVIDER_RECEIVABLE: 100_000n,
      MERCHANT_OWN: 100_000n,
    });
  });

  it('a check asks the provider alone, and finds what the callback never told', async () => {
    const sale = await world.unknownSale();
    sale.vnpay.check = 'paid';
    sale.vnpay.paid = { amount: 100_000, qrTrace: newTrace(), paidAtMs: now() };
    const done = await operator.command(['check-gateway-transaction', `--transaction-id=${sale.transactionId}`]);
    expect(done.out).toContain(`QUERY ${sale.attemptUid}: ANSWERED`);
    await eventually(async () => {
      const { status } = await world.payment.transaction(sale.shop, sale.transactionId);
      return status === '304_SETTLED';
    });
  });
});
