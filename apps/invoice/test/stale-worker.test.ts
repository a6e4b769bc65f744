import { eventually } from '@nx/testing';
import { describe, expect, it } from 'vitest';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running), { APP_ENV_INVOICE_CALL_LOCK_MS: '2500' });

const callsOf = async (orderId: string): Promise<{ call: string; token: string }[]> => {
  const { rows } = await world.sql.query<{ call: string; token: string }>(
    `SELECT kind || ' ' || coalesce(outcome, '-') AS call, fencing_token::text AS token
     FROM "InvoiceIssuance" WHERE source_id = $1 ORDER BY sequence`,
    [orderId],
  );
  return rows;
};

describe('a worker whose lease ends while it issues', () => {
  it('may not write down what it heard: the invoice is unknown, is looked up, and exists once', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await world.sandbox.call('POST', '/faults', { kind: 'delay', ms: 1000, target: 'vnpay-invoice.issue', count: 1 });
    await produce(world, order);
    await eventually(async () => (await callsOf(order.id))[0]?.call === 'ISSUE -');
    // What the database sees of a process that was stopped: nobody renewed its lease.
    await world.sql.query(`UPDATE platform."WorkerLease" SET expires_at = '-infinity'`);
    await untilStatus(world, order.id, 'SUCCESS');
    const [issue, ...lookUps] = await callsOf(order.id);
    expect(issue?.call).toBe('ISSUE UNKNOWN');
    expect(lookUps.at(-1)?.call).toBe('LOOK_UP FOUND');
    expect(lookUps.every(({ call }) => call.startsWith('LOOK_UP'))).toBe(true);
    expect(await issuedAt(world, merchant)).toHaveLength(1);
  });

  it('cannot begin another call: the database refuses its token, and the next try has a higher one', async () => {
    const merchant = await connectMerchant(world, service);
    const [first, second] = [orderOf(merchant), orderOf(merchant)];
    await produce(world, first);
    await untilStatus(world, first.id, 'SUCCESS');
    await world.sql.query(`UPDATE platform."WorkerLease" SET expires_at = '-infinity'`);
    await produce(world, second);
    await untilStatus(world, second.id, 'SUCCESS');
    const [before] = await callsOf(first.id);
    const after = await callsOf(second.id);
    // The refused beginning left nothing behind.
    expect(after.map(({ call }) => call)).toEqual(['ISSUE ISSUED']);
    expect(Number(after[0]?.token)).toBeGreaterThan(Number(before?.token));
  });
});
