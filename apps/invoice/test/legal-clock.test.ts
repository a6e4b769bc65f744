import { describe, expect, it } from 'vitest';
import { eventually } from '@nx/testing';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus, type Merchant } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));

/** Open for longer than late sales are given to be issued. */
const OLD = `created_at = now() - interval '2 hours'`;

/** A pending invoice that waits for a person, with its clock set. */
async function waiting(merchant: Merchant, set: string): Promise<{ id: string; orderId: string }> {
  const order = orderOf(merchant);
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'PENDING');
  await world.sql.query(`UPDATE "Invoice" SET ${set} WHERE id = $1`, [id]);
  return { id, orderId: order.id };
}
const issue = (id: string): Promise<unknown> =>
  world.sql.query(`UPDATE "Invoice" SET due_at = now() WHERE id = $1`, [id]);
const findingsOf = async (id: string): Promise<string[]> => {
  const { rows } = await world.sql.query<{ finding: string }>(
    `SELECT code || ' ' || coalesce(outcome, status) AS finding FROM "Finding" WHERE subject = $1 ORDER BY code`,
    [id],
  );
  return rows.map(({ finding }) => finding);
};
const alertsOf = async (id: string): Promise<number> => {
  const { rows } = await world.sql.query(
    `SELECT 1 FROM "Outbox" WHERE event_type = 'OPERATIONS_ALERT' AND payload -> 'data' ->> 'invoiceId' = $1`,
    [id],
  );
  return rows.length;
};

describe('the legal clock', () => {
  it('alerts two hours before the deadline, once, and the case closes itself when the invoice is issued', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const far = await waiting(merchant, `legal_deadline_at = now() + interval '121 minutes', ${OLD}`);
    const near = await waiting(merchant, `legal_deadline_at = now() + interval '119 minutes', ${OLD}`);
    // Of a sale of the last hours of a day, which is issued in a moment.
    const young = await waiting(merchant, `legal_deadline_at = now() + interval '118 minutes'`);
    await eventually(async () => (await findingsOf(near.id)).length > 0);
    expect(await findingsOf(near.id)).toEqual(['LEGAL_DEADLINE_NEAR OPEN']);
    expect(await alertsOf(near.id)).toBe(1);
    await issue(near.id);
    await untilStatus(world, near.orderId, 'SUCCESS');
    expect(await findingsOf(near.id)).toEqual(['LEGAL_DEADLINE_NEAR CAUSE_GONE']);
    expect(await findingsOf(far.id)).toEqual([]);
    expect(await findingsOf(young.id)).toEqual([]);
  });

  it('keeps the day of the sale past the deadline, records the incident and leaves it to a person', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const late = await waiting(
      merchant,
      `tax_point = now() - interval '1 day', legal_deadline_at = now() + interval '1 minute', ${OLD}`,
    );
    await eventually(async () => (await findingsOf(late.id)).includes('LEGAL_DEADLINE_NEAR OPEN'));
    await world.sql.query(`UPDATE "Invoice" SET legal_deadline_at = now() WHERE id = $1`, [late.id]);
    await eventually(async () => (await findingsOf(late.id)).includes('LEGAL_DEADLINE_PASSED OPEN'));
    expect(await findingsOf(late.id)).toEqual(['LEGAL_DEADLINE_NEAR CAUSE_GONE', 'LEGAL_DEADLINE_PASSED OPEN']);
    expect(await alertsOf(late.id)).toBe(2);
    const { rows: audit } = await world.sql.query(
      `SELECT event_type FROM "InvoiceAuditTracing" WHERE invoice_id = $1 AND event_type = 'LEGAL_DEADLINE_PASSED'`,
      [late.id],
    );
    expect(audit).toHaveLength(1);
    await issue(late.id);
    await untilStatus(world, late.orderId, 'SUCCESS');
    const { rows } = await world.sql.query<{ kept: boolean }>(
      `SELECT invoice_date = (tax_point AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
          AND invoice_date < (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS kept FROM "Invoice" WHERE id = $1`,
      [late.id],
    );
    expect(rows).toEqual([{ kept: true }]);
    expect(await findingsOf(late.id)).toContain('LEGAL_DEADLINE_PASSED OPEN');
  });

  it('issues nothing of a day in its first moments, for what is still told of the day before', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const next = `tax_point = tax_point + interval '1 day', legal_deadline_at = now() + interval '3 days'`;
    const early = await waiting(merchant, next);
    await issue(early.id);
    const opensAt = async (): Promise<string | undefined> => {
      const { rows } = await world.sql.query<{ at: string }>(
        `SELECT to_char(due_at - (tax_point AT TIME ZONE 'Asia/Ho_Chi_Minh')::date::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh',
           'HH24:MI:SS.MS') AS at
         FROM "Invoice" WHERE id = $1 AND issuance_status = 'PENDING' AND due_at > now()`,
        [early.id],
      );
      return rows[0]?.at;
    };
    await eventually(async () => (await opensAt()) !== undefined);
    expect(await opensAt()).toBe('00:00:01.500');
    // A sale of the day before that is told of meanwhile goes first, and is taken.
    const last = await waiting(merchant, `legal_deadline_at = now() + interval '3 days'`);
    await issue(last.id);
    await untilStatus(world, last.orderId, 'SUCCESS');
    await world.sql.query(`UPDATE "Invoice" SET tax_point = now() - interval '2 seconds' WHERE id = $1`, [early.id]);
    await issue(early.id);
    await untilStatus(world, early.orderId, 'SUCCESS');
    expect((await issuedAt(world, merchant)).map(({ requestId }) => requestId)).toEqual([last.id, early.id]);
  });

  it('lets a series go on an hour before the deadline of the younger, and tells of the older that stays behind', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const far = `legal_deadline_at = now() + interval '5 hours'`;
    const old = await waiting(merchant, `tax_point = tax_point - interval '1 day', ${far}`);
    const young = await waiting(merchant, `legal_deadline_at = now() + interval '61 minutes'`);
    await issue(young.id);
    const waits = async (): Promise<boolean> => {
      const { rows } = await world.sql.query<{ due_at: Date | null }>(
        `SELECT due_at FROM "Invoice" WHERE id = $1 AND issuance_status = 'PENDING' AND modified_at < due_at - interval '20 ms'`,
        [young.id],
      );
      return rows.length === 1;
    };
    await eventually(waits);
    expect(await findingsOf(old.id)).toEqual([]);
    await world.sql.query(`UPDATE "Invoice" SET legal_deadline_at = now() + interval '59 minutes' WHERE id = $1`, [
      young.id,
    ]);
    await untilStatus(world, young.orderId, 'SUCCESS');
    expect(await findingsOf(old.id)).toEqual(['SERIES_WENT_ON OPEN']);
    expect((await issuedAt(world, merchant)).map(({ requestId }) => requestId)).toEqual([young.id]);
    // The provider's word on it: the older date is refused, and nothing else is tried behind the person's back.
    await issue(old.id);
    const row = await untilStatus(world, old.orderId, 'FAILED');
    expect(row.metadata).toMatchObject({ errorCode: 'INVOICE_DATE_TOO_OLD' });
  });
});
