import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import { eventually } from '@nx/testing';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { opsOn, type Told } from './ops.fixture';
import { restOf, type Rest } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus, type Merchant } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;
let operator: Rest;

withService((running) => ({ world, service } = running));
beforeAll(async () => {
  operator = await restOf(world, service, { role: '600_operator', merchantIds: [] });
});
afterEach(() => world.sandbox.call('DELETE', '/faults'));

/** An invoice that the provider refused once. */
async function givenUp(merchant: Merchant): Promise<{ id: string; orderId: string }> {
  const order = orderOf(merchant);
  const refusal = { kind: 'refuse', target: 'vnpay-invoice.issue', count: 1, code: 'SYMBOL_NOT_REGISTERED' };
  await world.sandbox.call('POST', '/faults', refusal);
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'FAILED');
  return { id, orderId: order.id };
}
const issueCalls = async (id: string): Promise<string[]> => {
  const { rows } = await world.sql.query<{ outcome: string }>(
    `SELECT outcome FROM "InvoiceIssuance" WHERE invoice_id = $1 AND kind = 'ISSUE' ORDER BY sequence`,
    [id],
  );
  return rows.map(({ outcome }) => outcome);
};
interface FailedJob {
  readonly queue: string;
  readonly id: string;
  readonly reason: string;
}
/** The failed job of the invoice's last failure. */
const failedJobOf = (orderId: string): Promise<FailedJob> =>
  eventually(async () => {
    const jobs = service.app.get<JobQueue>(JOB_QUEUE);
    const { rows } = await world.sql.query<{ version: string }>(`SELECT version FROM "Invoice" WHERE source_id = $1`, [
      orderId,
    ]);
    for (const queue of jobs.names()) {
      const found = (await jobs.queue(queue).getJobs(['failed'])).find(({ id, data }) => {
        const { payload } = data as { payload: { deadLetter?: string } };
        return id?.includes(orderId) === true && payload.deadLetter === rows[0]?.version;
      });
      if (found?.id !== undefined) return { queue, id: found.id, reason: found.failedReason ?? '' };
    }
    return undefined;
  });

describe('dead letters', () => {
  it('are listed with their reason and replayed one by one, once, with who asked', async () => {
    const merchant = await connectMerchant(world, service);
    const { id, orderId } = await givenUp(merchant);
    const list = await operator('GET', `/operations/dead-letters?merchantId=${merchant.id}`);
    expect(list.body.data).toMatchObject([
      { invoiceId: id, orderId, provider: 'VNPAY', code: 'SYMBOL_NOT_REGISTERED', permanent: true },
    ]);
    const body = { invoiceIds: [id], reason: 'The series is registered now.' };
    const answers = await Promise.all([1, 2].map(() => operator('POST', '/operations/dead-letters/replay', body)));
    expect(answers.flatMap((answer) => answer.body.replayed as string[])).toEqual([id]);
    await untilStatus(world, orderId, 'SUCCESS');
    expect(await issueCalls(id)).toEqual(['REFUSED', 'ISSUED']);
    const { rows } = await world.sql.query(
      `SELECT actor_id, reason FROM "AuditTrail" WHERE entity_id = $1 AND action = 'dead-letter.replay'`,
      [id],
    );
    expect(rows).toMatchObject([{ reason: 'The series is registered now.' }]);
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    expect((await owner('GET', '/operations/dead-letters')).status).toBe(403);
  });

  it('are replayed many at once by what they have in common, and others are left', async () => {
    const mine = await connectMerchant(world, service);
    const other = await connectMerchant(world, service);
    const letters = [await givenUp(mine), await givenUp(mine), await givenUp(mine)];
    const left = await givenUp(other);
    const body = { merchantId: mine.id, code: 'SYMBOL_NOT_REGISTERED', limit: 2, reason: 'mended' };
    const first = await operator('POST', '/operations/dead-letters/replay', body);
    expect(first.body.replayed).toHaveLength(2);
    expect((await operator('POST', '/operations/dead-letters/replay', body)).body.replayed).toHaveLength(1);
    for (const { orderId } of letters) await untilStatus(world, orderId, 'SUCCESS');
    expect(await issueCalls(left.id)).toEqual(['REFUSED']);
    expect(await issuedAt(world, mine)).toHaveLength(3);
  });

  it('are not replayed while a call of theirs may have issued something', async () => {
    const merchant = await connectMerchant(world, service);
    const { id } = await givenUp(merchant);
    await world.sql.query(
      `INSERT INTO "InvoiceIssuance" (id, invoice_id, merchant_id, source_id, sequence, kind, provider, provider_key,
         invoice_date, request_fingerprint, outcome, started_at, finished_at)
       SELECT 'open' || id, id, merchant_id, source_id, 9, 'ISSUE', provider, provider_key, invoice_date, 'x', 'UNKNOWN',
         now(), now() FROM "Invoice" WHERE id = $1`,
      [id],
    );
    const answer = await operator('POST', '/operations/dead-letters/replay', { invoiceIds: [id], reason: 'try' });
    expect(answer.body).toMatchObject({ replayed: [], refused: [{ invoiceId: id }] });
    expect(await issueCalls(id)).toEqual(['REFUSED', 'UNKNOWN']);
  });

  it('stand on the dashboard as failed jobs, whose retry button replays them and does nothing twice', async () => {
    const merchant = await connectMerchant(world, service);
    const { id, orderId } = await givenUp(merchant);
    const job = await failedJobOf(orderId);
    expect(job.reason).toContain('[DLQ] invoice-issuance SYMBOL_NOT_REGISTERED');
    // Meanwhile somebody replays it by hand, and it is refused again: the button is of the first time.
    await world.sandbox.call('POST', '/faults', {
      kind: 'refuse',
      target: 'vnpay-invoice.issue',
      count: 1,
      code: 'SYMBOL_NOT_REGISTERED',
    });
    await operator('POST', '/operations/dead-letters/replay', { invoiceIds: [id], reason: 'too early' });
    await eventually(async () => (await issueCalls(id)).length === 2);
    await untilStatus(world, orderId, 'FAILED');
    const again = await failedJobOf(orderId);
    const path = `/internal/api/queues/api/queues/${encodeURIComponent(again.queue)}/${again.id}/retry`;
    const press = await operator('PUT', path);
    expect(press).toMatchObject({ status: 204 });
    await untilStatus(world, orderId, 'SUCCESS');
    expect(await issueCalls(id)).toEqual(['REFUSED', 'REFUSED', 'ISSUED']);
    expect(await issuedAt(world, merchant)).toHaveLength(1);
    const { rows } = await world.sql.query<{ actor_id: string }>(
      `SELECT actor_id FROM "InvoiceAuditTracing" WHERE invoice_id = $1 AND event_type = 'RETRY_ASKED' ORDER BY position`,
      [id],
    );
    expect(rows.at(-1)).toEqual({ actor_id: 'queue-dashboard' });
  });

  it('of an older failure do nothing when their button is pressed late', async () => {
    const merchant = await connectMerchant(world, service);
    const { id, orderId } = await givenUp(merchant);
    const job = await failedJobOf(orderId);
    const jobs = service.app.get<JobQueue>(JOB_QUEUE);
    const late = await jobs.queue(job.queue).getJob(job.id);
    const stale = {
      ...(late?.data as object),
      payload: { type: '000_ISSUANCE', invoiceId: id, orderId, deadLetter: '1' },
    };
    await late?.updateData(stale);
    await late?.retry();
    // It fails again under the present version, and nothing was sent.
    await eventually(async () => {
      const present = await jobs.queue(job.queue).getJob(job.id);
      const { payload } = (present?.data ?? {}) as { payload?: { deadLetter?: string } };
      return payload?.deadLetter !== undefined && payload.deadLetter !== '1';
    });
    expect(await issueCalls(id)).toEqual(['REFUSED']);
  });
});

const ops = (...args: string[]): Promise<Told> => opsOn(service, args);

describe('the commands', () => {
  it('show an invoice, list dead letters and replay them, first dry', async () => {
    const merchant = await connectMerchant(world, service);
    const { id, orderId } = await givenUp(merchant);
    const shown = await ops('invoice', 'show', `--source-id=${orderId}`);
    expect(shown.code).toBe(1);
    expect(shown.out).toContain(`invoice ${id}  FAILED`);
    expect(shown.out).toMatch(/ISSUE\s+VNPAY\s+REFUSED\s+SYMBOL_NOT_REGISTERED/);
    expect(shown.out).toContain('GIVEN_UP');
    const dead = await ops('invoice', 'list-dead', `--merchant-id=${merchant.id}`, '--json');
    expect(JSON.parse(dead.out)).toMatchObject({ data: [{ invoiceId: id, code: 'SYMBOL_NOT_REGISTERED' }] });
    const replay = ['invoice', 'replay', `--id=${id}`, '--reason=registered now'];
    expect((await ops(...replay, '--dry-run')).code).toBe(0);
    expect(await issueCalls(id)).toEqual(['REFUSED']);
    expect(await ops(...replay)).toEqual({ code: 0, out: '1 on their way again' });
    await untilStatus(world, orderId, 'SUCCESS');
    expect((await ops('invoice', 'show', `--id=${id}`)).code).toBe(0);
    expect((await ops(...replay)).code).toBe(1);
    expect((await ops('invoice', 'replay', '--reason=x')).code).toBe(2);
  });

  it('tell the partition of an order and change their number until it is settled', async () => {
    const told = await ops('invoice', 'partition', 'order-1', '--json');
    expect(JSON.parse(told.out)).toMatchObject({ partitions: 3, partition: (((javaHash('order-1') % 3) + 3) % 3) + 1 });
    const changed = await ops('repartition', '3→4', '--reason=more work');
    expect(changed).toMatchObject({ code: 0 });
    expect(changed.out).toMatch(/^4 partitions/);
    expect((await ops('repartition', '3→5', '--reason=too late')).code).toBe(4);
    expect((await ops('repartition', 'three', '--reason=x')).code).toBe(2);
    expect((await ops('repartition', '4-3', '--reason=back again')).code).toBe(0);
  });
});

/** Java's String.hashCode. */
function javaHash(text: string): number {
  let hash = 0;
  for (const char of text) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  return hash;
}

describe('the number of partitions', () => {
  it('changes while jobs run: each invoice is issued once, and the change is settled and audited', async () => {
    const merchant = await connectMerchant(world, service);
    await world.sandbox.call('POST', '/faults', { kind: 'delay', target: 'vnpay-invoice.issue', ms: 60 });
    const orders = Array.from({ length: 40 }, () => orderOf(merchant));
    const selling = Promise.all(orders.map((order) => produce(world, order)));
    const change = (from: number, to: number) =>
      operator('POST', '/operations/partitions', { from, to, reason: 'more work' });
    expect((await change(3, 5)).body).toMatchObject({ partitions: 5, previous: 5, state: 'MOVING' });
    const wrong = await change(3, 4);
    expect(wrong).toMatchObject({ status: 409, body: { code: 'invoice.partitions.changed', partitions: 5 } });
    // Changed again before it is settled.
    expect((await change(5, 2)).body).toMatchObject({ partitions: 2, previous: 5, state: 'MOVING' });
    await selling;
    for (const order of orders) await untilStatus(world, order.id, 'SUCCESS', 30_000);
    expect(await issuedAt(world, merchant)).toHaveLength(orders.length);
    const { rows } = await world.sql.query(
      `SELECT 1 FROM "InvoiceIssuance" WHERE merchant_id = $1 AND kind = 'ISSUE'`,
      [merchant.id],
    );
    expect(rows).toHaveLength(orders.length);
    await eventually(async () => (await operator('GET', '/operations/partitions')).body.state === 'SETTLED');
    expect((await operator('GET', '/operations/partitions')).body).toMatchObject({ partitions: 2, previous: 2 });
    expect(service.app.get<JobQueue>(JOB_QUEUE).names()).toHaveLength(4);
    const { rows: audited } = await world.sql.query<{ after: object }>(
      `SELECT after FROM "AuditTrail" WHERE action = 'partitions.change' ORDER BY created_at, id`,
    );
    expect(audited.slice(-2).map(({ after }) => after)).toEqual([{ partitions: 5 }, { partitions: 2 }]);
    // What is sold afterwards goes by the new number.
    const late = orderOf(merchant);
    await produce(world, late);
    await untilStatus(world, late.id, 'SUCCESS');
  });
});
