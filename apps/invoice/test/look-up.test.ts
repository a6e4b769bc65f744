import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '@nx/testing';
import type { Invoice } from '../src/invoices/invoice';
import { InvoiceRepository } from '../src/invoices/invoice.repository';
import { LookUpInvoice } from '../src/issuance/look-up-invoice';
import { ProviderCredentials } from '../src/providers/provider-credentials';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus } from './sale.fixture';
import { openTvanDesk } from './tvan-desk.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

// Nothing is asked again before the test says so.
withService((running) => ({ world, service } = running), {
  APP_ENV_INVOICE_LOOK_UP_GAP_MS: '600000',
  APP_ENV_INVOICE_LOOK_UP_RETRY_MS: '600000',
});

interface Row {
  readonly version: string;
  readonly status: string;
  readonly counting: boolean;
  readonly calls: string[];
  readonly findings: string[];
}

const read = async (id: string): Promise<Row> => {
  const { rows } = await world.sql.query<Row>(
    `SELECT version, issuance_status AS status, not_found_since IS NOT NULL AS counting,
       ARRAY(SELECT kind || ' ' || coalesce(outcome, '-') FROM "InvoiceIssuance" c
             WHERE c.invoice_id = i.id ORDER BY sequence) AS calls,
       ARRAY(SELECT code || ' ' || status FROM "Finding" f WHERE f.source_id = i.source_id ORDER BY id) AS findings
     FROM "Invoice" i WHERE id = $1`,
    [id],
  );
  if (rows[0] === undefined) throw new Error('the invoice is gone');
  return rows[0];
};

/** It is due now, as if a day had passed since the provider was asked last; unless something happened to it meanwhile. */
const makeDue = (id: string, { version }: Row): Promise<unknown> =>
  world.sql.query(
    `UPDATE "Invoice" SET due_at = now(), not_found_since = not_found_since - interval '1 day'
     WHERE id = $1 AND locked_until IS NULL AND version = $2`,
    [id, version],
  );

/** The provider is asked once more; how the invoice stands when that has ended. */
const ask = async (id: string): Promise<Row> => {
  const before = await read(id);
  return eventually(async () => {
    const row = await read(id);
    if (row.calls.length > before.calls.length && !row.calls.at(-1)?.endsWith('-')) return row;
    await makeDue(id, before);
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
  // A look-up that comes too early is followed by another one by itself.
  await eventually(async () => {
    const row = await read(id);
    if (!row.counting) await makeDue(id, row);
    return row.counting;
  });
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

  it("that brings the authority's no gives it up, for it is proven that nothing was issued", async () => {
    const desk = await openTvanDesk();
    try {
      await desk.take(world, id, merchant);
      expect((await ask(id)).calls.at(-1)).toBe('LOOK_UP FAILED');
    } finally {
      await desk.close();
    }
    const { rows } = await world.sql.query(
      `SELECT issuance_status, metadata, (SELECT bool_and(absence_proven_at IS NOT NULL) FROM "InvoiceIssuance" c
         WHERE c.invoice_id = i.id AND kind = 'ISSUE') AS proven FROM "Invoice" i WHERE id = $1`,
      [id],
    );
    const { code, message } = desk.refusal;
    const metadata = { errorCode: code, errorMessage: message, permanent: true };
    expect(rows).toMatchObject([{ issuance_status: 'FAILED', metadata, proven: true }]);
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
