import { eventually } from '@nx/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Operator } from '../testing/operator.fixture';
import { now, unique } from '../testing/payment-world.fixture';
import { RefundWorld, type PaidSale } from '../testing/refund-world.fixture';
import type { TimelineEntryView } from '../transactions/timeline';
import { RemindOfEvidence } from './remind-of-evidence';
import { SweepReminders } from './sweep-reminders';

const HOUR = 3_600_000;

let world: RefundWorld;
let sale: PaidSale;
beforeAll(async () => {
  world = await RefundWorld.start('full');
}, 60_000);
beforeEach(async () => {
  sale = await world.qrSale();
});
afterAll(() => world.stop());

interface Case {
  readonly id: string;
  readonly chargebackReference: string;
}

const contest = async (dueInMs: number | null): Promise<Case> => {
  const dueAt = dueInMs === null ? {} : { dueAt: new Date(now() + dueInMs).toISOString() };
  const body = { chargebackReference: unique('CB-'), amount: 1000, reason: 'not received', ...dueAt };
  return (await world.payment.post(sale.shop, `/transactions/${sale.transactionId}/chargebacks`, body)).body;
};

/** Lets time pass until a case is due in so many ms and somebody has to be reminded; gives when it is due. */
const comesNear = async ({ id }: Case, dueInMs: number): Promise<string> => {
  const dueAt = new Date(now() + dueInMs);
  await world.payment.sql('UPDATE "Chargeback" SET due_at = $2, next_reminder_at = now() WHERE id = $1', [id, dueAt]);
  return dueAt.toISOString();
};

const alerts = async ({ id }: Case): Promise<{ code: string; routes: unknown }[]> => {
  const rows = await world.payment.sql<{ data: { code: string }; routes: unknown }>(
    `SELECT payload->'data' AS data, routes FROM "Outbox" WHERE event_type = 'OPERATIONS_ALERT'
       AND payload->'data'->>'chargebackId' = $1 AND payload->'data'->>'code' LIKE 'CHARGEBACK_DEADLINE%'
     ORDER BY created_at`,
    [id],
  );
  return rows.map(({ data, routes }) => ({ ...data, routes }));
};

const nextReminder = async ({ id }: Case): Promise<number | null> => {
  const [row] = await world.payment.sql<{ at: Date | null }>(
    'SELECT next_reminder_at AS at FROM "Chargeback" WHERE id = $1',
    [id],
  );
  return row?.at?.getTime() ?? null;
};

/** The sweeper looks, and many others at the same moment; then it looks again. */
const everybodyLooks = async ({ id }: Case): Promise<void> => {
  const { app } = world.payment;
  const looks = Array.from({ length: 8 }, () => app.get(RemindOfEvidence).execute(sale.transactionId, id));
  await Promise.all([app.get(SweepReminders).round(), ...looks]);
  await app.get(SweepReminders).round();
};

describe('the evidence for a chargeback', () => {
  it('is asked for once at each stage, and missed once', { timeout: 60_000 }, async () => {
    const opened = await contest(48 * HOUR);
    expect(await nextReminder(opened)).toBeGreaterThan(now() + 23 * HOUR);
    await everybodyLooks(opened);
    expect(await alerts(opened)).toEqual([]);

    const dueAt = await comesNear(opened, 20 * HOUR);
    await everybodyLooks(opened);
    expect(await alerts(opened)).toEqual([
      {
        subject: expect.stringMatching(/^TXN\w+ ATT\w+$/),
        message: 'Evidence for a contested payment is due soon and nobody has said that it was sent.',
        code: 'CHARGEBACK_DEADLINE_NEAR',
        transactionId: sale.transactionId,
        chargebackId: opened.id,
        chargebackReference: opened.chargebackReference,
        dueAt,
        amount: 1000,
        currency: 'VND',
        routes: ['signal.activity-notification'],
      },
    ]);
    expect(await nextReminder(opened)).toBe(Date.parse(dueAt));
    expect(await world.findings(sale)).toEqual([]);

    const past = await comesNear(opened, -1);
    await everybodyLooks(opened);
    expect((await alerts(opened)).map(({ code }) => code)).toEqual([
      'CHARGEBACK_DEADLINE_NEAR',
      'CHARGEBACK_DEADLINE_PASSED',
    ]);
    expect(await nextReminder(opened)).toBeNull();
    const findings = await world.payment.sql(
      'SELECT code, status, detail, attempt_id FROM "Finding" WHERE transaction_id = $1',
      [sale.transactionId],
    );
    expect(findings).toEqual([
      {
        code: 'CHARGEBACK_DEADLINE_PASSED',
        status: 'OPEN',
        detail: `No evidence was submitted for case ${opened.chargebackReference} until it was due, ${past}.`,
        attempt_id: sale.attemptId,
      },
    ]);
  });

  it('is asked for by the sweeper itself, of each case apart', { timeout: 60_000 }, async () => {
    const cases = [await contest(48 * HOUR), await contest(48 * HOUR)];
    for (const one of cases) await comesNear(one, HOUR);
    await eventually(async () => (await Promise.all(cases.map(alerts))).every(({ length }) => length > 0));
    expect((await Promise.all(cases.map(alerts))).map(({ length }) => length)).toEqual([1, 1]);
    const { body } = await world.payment.get<{ data: TimelineEntryView[] }>(
      sale.shop,
      `/transactions/${sale.transactionId}/timeline`,
    );
    const told = body.data.filter(({ kind, what }) => kind === 'PUSH' && what === 'OPERATIONS_ALERT');
    expect(told.length).toBeGreaterThanOrEqual(2);
  });

  it('was due before the case was known: that is told once', async () => {
    const late = await contest(-HOUR);
    await everybodyLooks(late);
    expect((await alerts(late)).map(({ code }) => code)).toEqual(['CHARGEBACK_DEADLINE_PASSED']);
  });

  it('is not asked for when it was submitted, the case was decided, or nobody knows a day', async () => {
    const operator = await Operator.of(world.payment);
    const [submitted, won, dayless] = [await contest(48 * HOUR), await contest(48 * HOUR), await contest(null)];
    const path = `/transactions/${sale.transactionId}/chargebacks`;
    await world.payment.post(sale.shop, `${path}/${submitted.id}/submit`, { evidence: 'note' });
    await world.payment.post(operator, `${path}/${won.id}/won`, { evidence: 'letter' });
    for (const one of [submitted, won, dayless]) expect(await nextReminder(one)).toBeNull();
    for (const one of [submitted, won]) await comesNear(one, HOUR);
    await world.payment.sql('UPDATE "Chargeback" SET next_reminder_at = now() WHERE id = $1', [dayless.id]);
    for (const one of [submitted, won, dayless]) {
      await everybodyLooks(one);
      expect(await alerts(one)).toEqual([]);
    }
  });

  it('of a case that another release has opened is put in its place first', async () => {
    const opened = await contest(480 * HOUR);
    await world.payment.sql('UPDATE "Chargeback" SET next_reminder_at = DEFAULT WHERE id = $1', [opened.id]);
    await everybodyLooks(opened);
    expect(await alerts(opened)).toEqual([]);
    expect(await nextReminder(opened)).toBeGreaterThan(now() + 400 * HOUR);
  });
});
