import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../../testing/ledger-check.fixture';
import { Operator } from '../../testing/operator.fixture';
import { now, type Shop } from '../../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../../testing/refund-world.fixture';
import { newTrace } from '../../testing/vnpay.fixture';
import { FREEZE_OPERATIONS } from './freeze';
import { Freezes } from './freezes';

let world: RefundWorld;
let operator: Operator;
let other: Operator;
beforeAll(async () => {
  // The slowest look at the table that is allowed: a freeze that another replica has set is not known here for a while.
  const extra = { APP_ENV_OPERATOR_LIMIT_MINOR: '100000', APP_ENV_FREEZE_POLL_MS: '1000' };
  world = await RefundWorld.start('full', extra);
  [operator, other] = [await Operator.of(world.payment), await Operator.of(world.payment)];
});
afterEach(async () => {
  await world.payment.sql(
    `UPDATE "OperationalFreeze" SET lifted_at = now(), lifted_by = 'a', approved_by = 'b' WHERE lifted_at IS NULL`,
  );
  await world.payment.app.get(Freezes).reload();
  await expectBooksInOrder(world.payment);
});
afterAll(() => world.stop());

const FROZEN = { status: 503, body: { code: 'payment.frozen', operation: 'ADJUSTMENT' } };
const set = (scope: object, operation = 'ADJUSTMENT') =>
  operator.post('/freezes', { operation, ...scope, reason: 'an account was stolen', ticket: 'INC-9' });
const merchant = ({ merchantId }: Shop) => ({ scopeType: 'merchant', scopeValue: merchantId });
const read = (sale: PaidSale) => world.payment.transaction(sale.shop, sale.transactionId);
const pay = async (sale: PaidSale, amount: number): Promise<string> => {
  const qrTrace = newTrace();
  await world.payment.ipn(sale.shop, { txnId: sale.attemptUid, amount, paidAtMs: now(), qrTrace });
  await world.payment.processed(sale.shop);
  return qrTrace;
};
const suspended = async (sale: PaidSale): Promise<string> => {
  const { body } = await operator.get(`/suspense?merchantId=${sale.shop.merchantId}`);
  return String(body.data[0]?.id);
};

interface Act {
  readonly sale: PaidSale;
  readonly path: string;
  readonly body: object;
}

const ACTS: Readonly<Record<string, () => Promise<Act>>> = {
  'resolving by evidence': async () => {
    const sale = await world.unknownSale();
    const evidence = { source: 's', reference: newTrace(), amount: 100_000, paidAt: new Date(now()).toISOString() };
    return {
      sale,
      path: `/transactions/${sale.transactionId}/resolve`,
      body: { attemptId: sale.attemptId, status: 'completed', evidence },
    };
  },
  reversing: async () => {
    const sale = await world.unknownSale();
    const reference = await pay(sale, 100_000);
    const body = { evidence: { source: 'report', reference } };
    return { sale, path: `/transactions/${sale.transactionId}/reverse`, body };
  },
  'accepting from suspense': async () => {
    const sale = await world.unknownSale();
    await pay(sale, 90_000);
    return { sale, path: `/suspense/${await suspended(sale)}/accept`, body: { reason: 'r' } };
  },
  unblocking: async () => {
    const sale = await world.unknownSale();
    await operator.post(`/transactions/${sale.transactionId}/block`, { reason: 'r' });
    await pay(sale, 100_000);
    const path = `/transactions/${sale.transactionId}/unblock`;
    const { approvalId } = (await operator.post(path, { reason: 'r' })).body;
    await other.approve(approvalId);
    return { sale, path, body: { reason: 'r', approvalId } };
  },
};

const SCOPES: Readonly<Record<string, (shop: Shop) => object>> = {
  global: () => ({ scopeType: 'global' }),
  merchant,
  organizer: ({ organizerId }) => ({ scopeType: 'organizer', scopeValue: organizerId }),
  provider: () => ({ scopeType: 'provider', scopeValue: 'VNPAY_QR_MMS' }),
};

describe('ADJUSTMENT', () => {
  it.each(Object.keys(ACTS))('stops %s, and nothing of it was done', async (name) => {
    const { sale, path, body } = await act(name);
    const before = await read(sale);
    await set(merchant(sale.shop));
    expect(await operator.post(path, body)).toMatchObject(FROZEN);
    expect(await read(sale)).toEqual(before);
    await world.payment.sql(
      `UPDATE "OperationalFreeze" SET lifted_at = now(), lifted_by = 'a', approved_by = 'b' WHERE lifted_at IS NULL`,
    );
    await eventually(async () => (await operator.post(path, body)).status === 200);
    expect(await read(sale)).not.toEqual(before);
  });

  it.each(Object.keys(ACTS))('stops %s also where nobody has told this replica yet', async (name) => {
    const { sale, path, body } = await act(name);
    const before = await read(sale);
    await world.payment.app.get(Freezes).reload();
    await world.payment.sql(
      `INSERT INTO "OperationalFreeze" (id, scope_type, scope_value, operation, reason, ticket, created_by, created_at)
       VALUES ($1, 'merchant', $1, 'ADJUSTMENT', 'r', 't', 'another replica', now())`,
      [sale.shop.merchantId],
    );
    expect(await operator.post(path, body)).toMatchObject(FROZEN);
    expect(await read(sale)).toEqual(before);
  });

  it.each(Object.keys(SCOPES))('for the scope %s, and for nobody beside it', async (scope) => {
    const { sale, path, body } = await act('resolving by evidence');
    const outsider = await act('resolving by evidence');
    await set(SCOPES[scope]?.(sale.shop) ?? {}, 'adjustment_freeze');
    expect(await operator.post(path, body)).toMatchObject(FROZEN);
    const stopsAll = scope === 'global' || scope === 'provider';
    expect((await operator.post(outsider.path, outsider.body)).status).toBe(stopsAll ? 503 : 200);
  });

  it('lets callbacks, refunds and new payments go on, and is not part of ALL', async () => {
    const { sale, path, body } = await act('resolving by evidence');
    await set(merchant(sale.shop));
    await pay(sale, 100_000);
    expect((await read(sale)).status).toBe('304_SETTLED');
    expect((await world.refund(sale, { amount: 1000 })).status).toBe(200);
    expect((await world.payment.checkout(sale.shop)).status).toBe(200);
    const stuck = await act('resolving by evidence');
    await set({ scopeType: 'provider', scopeValue: 'VNPAY_QR_MMS' }, 'ALL');
    expect((await operator.post(stuck.path, stuck.body)).status).toBe(200);
    expect(await operator.post(path, body)).toMatchObject(FROZEN);
  });

  const act = async (name: string): Promise<Act> => {
    const made = await ACTS[name]?.();
    if (made === undefined) throw new Error(`there is no act ${name}`);
    return made;
  };
});

describe('every freeze', () => {
  it.each(FREEZE_OPERATIONS.flatMap((operation) => [operation, `${operation.toLowerCase()}_freeze`]))(
    '%s is kept, and says what it stops',
    async (name) => {
      const scope = name.startsWith('ALL') || name.startsWith('all') ? 'provider:SYSTEM' : 'merchant:M-1';
      const args = [`--operation=${name}`, `--scope=${scope}`, '--reason=r', '--ticket=T-1'];
      const made = await operator.command(['freeze', 'set', ...args]);
      expect(made.code).toBe(0);
      const operation = name.toUpperCase().replace('_FREEZE', '');
      const [, id = ''] = /^(\w+): /.exec(made.out) ?? [];
      expect((await operator.get(`/freezes/${id}`)).body).toMatchObject({ operation, active: true });
      const none = ['CAPTURE', 'PAYOUT', 'SETTLEMENT'].includes(operation);
      expect(made.out.includes('that stops nothing: this release has no such operation')).toBe(none);
    },
  );
});
