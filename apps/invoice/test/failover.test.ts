import { afterEach, describe, expect, it } from 'vitest';
import { Database } from '@nx/persistence';
import { eventually } from '@nx/testing';
import { InvoiceRepository } from '../src/invoices/invoice.repository';
import { SettleIssuance } from '../src/issuance/settle-issuance';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf, type Rest } from './rest.fixture';
import { secondProvider } from './second-provider.fixture';
import { untilIssued } from './issued.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus, type Merchant } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));
afterEach(() => world.sandbox.call('DELETE', '/faults'));

interface Given {
  readonly merchant: Merchant;
  readonly owner: Rest;
  readonly configId: string;
  readonly id: string;
  readonly orderId: string;
}

async function givenUp(): Promise<Given> {
  const merchant = await connectMerchant(world, service);
  const configId = await secondProvider(world, service, merchant, merchant.symbol.replace(/YY$/, 'ZZ'));
  const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
  const order = orderOf(merchant);
  const refusal = { kind: 'refuse', target: 'vnpay-invoice.issue', count: 1, code: 'SYMBOL_NOT_REGISTERED' };
  await world.sandbox.call('POST', '/faults', refusal);
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'FAILED');
  return { merchant, owner, configId, id, orderId: order.id };
}
const handOver = ({ owner, id, configId }: Given, change: Record<string, unknown> = {}) =>
  owner('POST', `/invoices/${id}/failover`, { invoiceProviderConfigId: configId, reason: 'It is away.', ...change });

describe('failover to another provider', () => {
  it('issues in the other series under a key of its own, once, and writes who asked', async () => {
    const given = await givenUp();
    const answers = await Promise.all([handOver(given), handOver(given)]);
    expect(answers.map(({ status }) => status).toSorted()).not.toEqual([409, 409]);
    await untilStatus(world, given.orderId, 'SUCCESS');
    expect(await issuedAt(world, given.merchant)).toMatchObject([
      { requestId: `${given.id}-2`, symbol: given.merchant.symbol.replace(/YY$/, 'ZZ'), number: 1 },
    ]);
    const { rows } = await world.sql.query<{ call: string }>(
      `SELECT provider_key || ' ' || outcome AS call FROM "InvoiceIssuance" WHERE invoice_id = $1 ORDER BY sequence`,
      [given.id],
    );
    expect(rows.map(({ call }) => call)).toEqual([`${given.id} REFUSED`, `${given.id}-2 ISSUED`]);
    const audit = await given.owner('GET', `/invoices/${given.id}/audit`);
    const steps = audit.body.data;
    expect(audit.body.intact).toBe(true);
    expect(steps.filter(({ eventType }) => eventType === 'FAILED_OVER')).toMatchObject([
      { before: { providerKey: given.id }, after: { reason: 'It is away.' } },
    ]);
  });

  it('waits for the proof that nothing was issued, whatever a person wishes', async () => {
    const given = await givenUp();
    await world.sql.query(
      `INSERT INTO "InvoiceIssuance" (id, invoice_id, merchant_id, source_id, sequence, kind, provider, provider_key,
         invoice_date, request_fingerprint, outcome, started_at, finished_at)
       SELECT 'open' || id, id, merchant_id, source_id, 9, 'ISSUE', provider, provider_key, invoice_date, 'x', 'UNKNOWN',
         now(), now() FROM "Invoice" WHERE id = $1`,
      [given.id],
    );
    const refused = await handOver(given);
    expect(refused).toMatchObject({ status: 409, body: { code: 'invoice.failover.not_proven' } });
    const byHand = `UPDATE "Invoice" SET provider_try = 2, provider_key = NULL, invoice_date = NULL, issuance_status = 'PENDING' WHERE id = $1`;
    await expect(world.sql.query(byHand, [given.id])).rejects.toThrow(/another provider/);
    await world.sql.query(`UPDATE "InvoiceIssuance" SET absence_proven_at = now() WHERE id = 'open' || $1`, [given.id]);
    expect((await handOver(given)).status).toBe(200);
    await untilStatus(world, given.orderId, 'SUCCESS');
    expect(await issuedAt(world, given.merchant)).toHaveLength(1);
    const again = await handOver(given);
    expect(again).toMatchObject({
      status: 422,
      body: { errors: [{ detail: expect.stringMatching(/handed to it already/) }] },
    });
  });

  it('is not for what nobody has tried yet', async () => {
    const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
    const configId = await secondProvider(world, service, merchant, merchant.symbol.replace(/YY$/, 'ZZ'));
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    const order = orderOf(merchant);
    await produce(world, order);
    const { id } = await untilStatus(world, order.id, 'PENDING');
    const refused = await handOver({ merchant, owner, configId, id, orderId: order.id });
    expect(refused).toMatchObject({ status: 409, body: { code: 'invoice.failover.not_proven' } });
    // It waits for its retry after a try that issued nothing.
    await world.sql.query(`UPDATE "Invoice" SET next_retry_at = now() + interval '1 hour' WHERE id = $1`, [id]);
    expect((await handOver({ merchant, owner, configId, id, orderId: order.id })).status).toBe(200);
    await untilStatus(world, order.id, 'SUCCESS');
    expect(await issuedAt(world, merchant)).toMatchObject([{ requestId: `${id}-2` }]);
  });

  it('takes no configuration of the same provider or series, of another form, year or merchant', async () => {
    const given = await givenUp();
    const { rows } = await world.sql.query<{ id: string }>(
      `SELECT id FROM "InvoiceProviderConfig" WHERE merchant_id = $1 AND id <> $2`,
      [given.merchant.id, given.configId],
    );
    const same = await handOver(given, { invoiceProviderConfigId: rows[0]?.id });
    expect(same).toMatchObject({ status: 422, body: { errors: [{ detail: 'is of the same provider' }] } });
    const set = (column: string, value: unknown): Promise<unknown> =>
      world.sql.query(`UPDATE "InvoiceProviderConfig" SET ${column} = $2 WHERE id = $1`, [given.configId, value]);
    await set('form', 2);
    expect((await handOver(given)).body.errors[0]?.detail).toMatch(/another form/);
    await set('form', 1);
    await set('serial', given.merchant.symbol);
    expect((await handOver(given)).body.errors[0]?.detail).toMatch(/same series/);
    await set(
      'serial',
      given.merchant.symbol.replace(/\d\d/, (year) => String(Number(year) - 1)),
    );
    expect((await handOver(given)).body.errors[0]?.detail).toMatch(/another year/);
    const other = await givenUp();
    const foreign = await handOver(given, { invoiceProviderConfigId: other.configId });
    expect(foreign.body.code).toBe('invoice.provider_config.not_found');
  });

  it('is not undone by a number that the first provider brings late: a person hears of it', async () => {
    const given = await givenUp();
    const before = await service.app.get(InvoiceRepository).find(given.id);
    if (before === undefined) throw new Error('the invoice is gone');
    await world.sandbox.call('POST', '/faults', { kind: 'drop', target: 'vnpay-invoice.issue', count: 1 });
    await world.sandbox.call('POST', '/faults', { kind: 'look-up-failure', target: 'vnpay-invoice.look-up' });
    expect((await handOver(given)).status).toBe(200);
    await untilStatus(world, given.orderId, 'UNKNOWN');
    const settle = service.app.get(SettleIssuance);
    await service.app.get(Database).transaction((tx) => settle.succeed(tx, before, { invoiceNumber: '99' }));
    const { rows } = await world.sql.query(`SELECT code FROM "Finding" WHERE subject = $1`, [given.id]);
    expect(rows).toEqual([{ code: 'ISSUED_TOO_LATE' }]);
    await world.sandbox.call('DELETE', '/faults');
    const row = await untilStatus(world, given.orderId, 'SUCCESS');
    expect(row.invoice_number).toBe('1');
  });

  it('needs the proof of every call, whichever it was', async () => {
    const { id } = await givenUp();
    const client = await world.sql.connect();
    const table: readonly [kind: string, outcome: string | null, proven: boolean, nothing: boolean][] = [
      ['ISSUE', null, false, false],
      ['ISSUE', 'ISSUED', false, false],
      ['ISSUE', 'UNKNOWN', false, false],
      ['ISSUE', 'UNKNOWN', true, true],
      ['ISSUE', 'REFUSED', false, true],
      ['ISSUE', 'NOT_ISSUED', false, true],
      ['LOOK_UP', null, false, true],
      ['LOOK_UP', 'FOUND', false, false],
      ['LOOK_UP', 'NOT_FOUND', false, true],
      ['LOOK_UP', 'FAILED', false, true],
    ];
    const next = `UPDATE "Invoice" SET provider_try = provider_try + 1, provider_key = NULL, invoice_date = NULL,
      issuance_status = 'PENDING' WHERE id = '${id}'`;
    const moved = async (sql: string): Promise<boolean> =>
      client.query(sql).then(
        () => true,
        (error: Error) => {
          expect(error.message).toMatch(/cannot go to another provider/);
          return false;
        },
      );
    try {
      for (const [kind, outcome, proven, nothing] of table) {
        await client.query('BEGIN');
        await client.query(
          `INSERT INTO "InvoiceIssuance" (id, invoice_id, merchant_id, source_id, sequence, kind, provider, provider_key,
             invoice_date, request_fingerprint, outcome, absence_proven_at, started_at)
           SELECT 'call' || id, id, merchant_id, source_id, 9, $2, provider, provider_key, invoice_date, 'x', $3,
             CASE WHEN $4 THEN now() END, now() FROM "Invoice" WHERE id = $1`,
          [id, kind, outcome, proven],
        );
        const { rows } = await client.query<{ nothing: boolean }>('SELECT invoice.nothing_issued($1) AS nothing', [id]);
        expect([kind, outcome, proven, rows[0]?.nothing]).toEqual([kind, outcome, proven, nothing]);
        expect([kind, outcome, proven, await moved(next)]).toEqual([kind, outcome, proven, nothing]);
        await client.query('ROLLBACK');
      }
      // A try of its own has no key yet, comes one after the other, and only while the invoice is not issued.
      for (const [column, value] of [
        ['provider_key = NULL', `provider_key = 'x'`],
        ['provider_try + 1', 'provider_try + 2'],
        [`'PENDING'`, `'FAILED'`],
      ] as const) {
        expect([column, await moved(next.replace(column, value))]).toEqual([column, false]);
      }
      await client.query('BEGIN');
      await client.query(`UPDATE "Invoice" SET invoice_number = '77' WHERE id = $1`, [id]);
      expect(await moved(next)).toBe(false);
      await client.query('ROLLBACK');
    } finally {
      client.release(true);
    }
  });

  it('of a correction counts from the day of the correction, under a key of its own', async () => {
    const given = await givenUp();
    expect((await handOver(given)).status).toBe(200);
    await untilStatus(world, given.orderId, 'SUCCESS');
    const adjust = (quantity: string) =>
      given.owner('POST', `/invoices/${given.id}/adjust`, {
        cause: 'GOODS_RETURNED',
        reason: 'Khách trả hàng',
        lines: [{ ordinal: 1, quantity }],
      });
    const first = await adjust('0.5');
    await untilIssued(world, first.body.id);
    const issued = await issuedAt(world, given.merchant);
    expect(issued.map(({ requestId }) => requestId)).toEqual([`${given.id}-2`, first.body.id]);
    const refusal = { kind: 'refuse', target: 'vnpay-invoice.issue', count: 1, code: 'SYMBOL_NOT_REGISTERED' };
    await world.sandbox.call('POST', '/faults', refusal);
    const { id } = (await adjust('0.25')).body;
    const statusOf = async (): Promise<unknown> => (await given.owner('GET', `/invoices/${id}`)).body.issuanceStatus;
    await eventually(async () => (await statusOf()) === 'FAILED');
    const columns = `legal_deadline_at AS deadline, provider_try AS try`;
    const rowOf = async () => (await world.sql.query(`SELECT ${columns} FROM "Invoice" WHERE id = $1`, [id])).rows[0];
    const before = await rowOf();
    expect(before).toMatchObject({ try: 1 });
    // Of a sale of last year, under the deadline of another kind of series; the first account has a series of this year.
    await world.sql.query(
      `UPDATE "Invoice" SET tax_point = tax_point - interval '1 year', legal_deadline_at = legal_deadline_at + interval '3 days'
       WHERE id = $1`,
      [id],
    );
    const { rows } = await world.sql.query<{ id: string }>(
      `SELECT id FROM "InvoiceProviderConfig" WHERE merchant_id = $1 AND id <> $2`,
      [given.merchant.id, given.configId],
    );
    const handed = await handOver({ ...given, id }, { invoiceProviderConfigId: rows[0]?.id });
    expect(handed.status).toBe(200);
    expect(await rowOf()).toEqual({ ...before, try: 2 });
  });
});
