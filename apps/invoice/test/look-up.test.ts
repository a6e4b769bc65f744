import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '@nx/testing';
import type { Invoice } from '../src/invoices/invoice';
import { InvoiceRepository } from '../src/invoices/invoice.repository';
import { LookUpInvoice } from '../src/issuance/look-up-invoice';
import { ProviderCredentials } from '../src/providers/provider-credentials';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

// Nothing is asked again before the test says so.
withService((running) => ({ world, service } = running), {
  APP_ENV_INVOICE_LOOK_UP_GAP_MS: '600000',
  APP_ENV_INVOICE_LOOK_UP_RETRY_MS: '600000',
});

interface Row {
  readonly status: string;
  readonly counting: boolean;
  readonly calls: string[];
  readonly findings: string[];
}

const read = async (id: string): Promise<Row> => {
  const { rows } = await world.sql.query<Row>(
    `SELECT issuance_status AS status, not_found_since IS NOT NULL AS counting,
       ARRAY(SELECT kind || ' ' || coalesce(outcome, '-') FROM "InvoiceIssuance" c
             WHERE c.invoice_id = i.id ORDER BY sequence) AS calls,
       ARRAY(SELECT code || ' ' || status FROM "Finding" f WHERE f.source_id = i.source_id ORDER BY id) AS findings
     FROM "Invoice" i WHERE id = $1`,
    [id],
  );
  if (rows[0] === undefined) throw new Error('the invoice is gone');
  return rows[0];
};

/** The provider is asked now, as if a day had passed since it was asked last; how it stands when that has ended. */
const ask = async (id: string): Promise<Row> => {
  const { calls } = await read(id);
  return eventually(async () => {
    const row = await read(id);
    if (row.calls.length > calls.length && !row.calls.at(-1)?.endsWith('-')) return row;
    await world.sql.query(
      `UPDATE "Invoice" SET due_at = now(), not_found_since = not_found_since - interval '1 day'
       WHERE id = $1 AND locked_until IS NULL
         AND $2 = (SELECT count(*) FROM "InvoiceIssuance" c WHERE c.invoice_id = "Invoice".id)`,
      [id, calls.length],
    );
    return false;
  });
};

let merchant: Awaited<ReturnType<typeof connectMerchant>>;
let id: string;
/** An invoice whose call broke off, and of which one look-up has found nothing. */
beforeEach(async () => {
  merchant = await connectMerchant(world, service);
  const order = orderOf(merchant);
  await world.sandbox.call('POST', '/faults', { kind: 'drop', target: 'vnpay-invoice.issue', count: 1 });
  await produce(world, order);
  ({ id } = await untilStatus(world, order.id, 'UNKNOWN'));
  await eventually(async () => (await ask(id)).counting);
});

describe('a look-up of an invoice whose outcome is unknown', () => {
  it('that meets a draft takes back what "not found" began to prove, and a person hears of it', async () => {
    await world.sandbox.call('POST', '/faults', {
      kind: 'look-up-failure',
      target: 'vnpay-invoice.look-up',
      code: '00',
      count: 1,
    });
    expect(await ask(id)).toMatchObject({ counting: false, findings: ['OUTCOME_NOT_PROVABLE OPEN'] });
    // It counts from here again: one "not found" is no proof.
    const begun = await ask(id);
    expect(begun).toMatchObject({ status: 'UNKNOWN', counting: true });
    expect(begun.calls.slice(-2)).toEqual(['LOOK_UP FAILED', 'LOOK_UP NOT_FOUND']);
    await ask(id);
    await eventually(async () => (await read(id)).status === 'SUCCESS');
    expect((await read(id)).calls.filter((call) => call.startsWith('ISSUE'))).toEqual([
      'ISSUE UNKNOWN',
      'ISSUE ISSUED',
    ]);
    expect(await issuedAt(world, merchant)).toHaveLength(1);
  });

  it.each([
    ['before it is due', `due_at = now() + interval '1 hour', locked_until = NULL`],
    ['while another worker is at it', `due_at = now(), locked_until = now() + interval '1 hour'`],
  ])('is not made %s', async (_when, set) => {
    const stood: Invoice | undefined = await service.app.get(InvoiceRepository).find(id);
    if (stood === undefined) throw new Error('the invoice is gone');
    const connection = await service.app.get(ProviderCredentials).connection(stood.config.invoiceProviderId);
    if (connection === undefined) throw new Error('the provider is gone');
    await world.sql.query(`UPDATE "Invoice" SET ${set} WHERE id = $1`, [id]);
    const { calls } = await read(id);
    expect(await service.app.get(LookUpInvoice).execute(stood, connection)).toBeUndefined();
    expect((await read(id)).calls).toEqual(calls);
  });
});
