import { testDatabase, type TestDatabase } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OLDER_OPEN, WAITING } from '../src/issuance/series-order';

/** Open invoices of one series and day, as a batch leaves them in the evening, and as many that are long issued. */
const OPEN = 10_000;
const DAY = '2026-11-20';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase({ service: 'invoice' });
  client = new pg.Client({ connectionString: database.urlFor('admin'), options: '-c search_path=invoice' });
  await client.connect();
  await client.query(
    `INSERT INTO "Invoice" (id, merchant_id, source_type, source_id, origin, invoice_type, invoice_form, invoice_symbol, year,
       has_cqt_code, tax_method, auto_release, auto_sign, auto_send_cqt, issuance_mode, provider, seller_tax_code, invoice_number,
       issuance_status, authority_status, legal_deadline_at, tax_point, paid_at, due_at, currency, total, payment_method, sale_snapshot,
       provider_config_snapshot, created_at, modified_at)
     SELECT status || n, 'm', '001_SALE_ORDER', status || n, '000_ORIGIN', 'VAT', 1, 'C26TAA', 2026, true, 'DEDUCTION', true, true,
       true, 'SCHEDULED', 'VNPAY', '0100109106', CASE status WHEN 'SUCCESS' THEN n::text END, status, 'NOT_REQUIRED', now(),
       ($1::date + time '12:00' - old) AT TIME ZONE 'Asia/Ho_Chi_Minh', now(), now(), 'VND', 1, 'CASH', '{}', '{}', now(), now()
     FROM generate_series(1, $2::int) n, (VALUES ('PENDING', interval '0'), ('SUCCESS', interval '1 day')) AS of (status, old)`,
    [DAY, OPEN],
  );
  await client.query('ANALYZE');
}, 60_000);
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Plan {
  readonly 'Index Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

async function ran(sql: string, parameters: readonly unknown[]): Promise<Plan[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, [
    ...parameters,
  ]);
  const all = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(all)];
  return rows[0]?.['QUERY PLAN'].flatMap(({ Plan }) => all(Plan)) ?? [];
}

describe('the order of a series', () => {
  it('is asked for without a look at those of the same day', async () => {
    const steps = await ran(OLDER_OPEN, ['0100109106', '1', 'C26TAA', DAY]);
    const read = steps.filter((step) => step['Index Name'] !== undefined);
    expect(read).toMatchObject([{ 'Index Name': 'invoice_series_open_day', 'Actual Rows': 1 }]);
    expect(steps.at(0)).toMatchObject({ 'Actual Rows': 0 });
  });

  it('is measured by one look at each that is open', async () => {
    const steps = await ran(WAITING, []);
    const read = steps.map(
      (step) => (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'],
    );
    expect(Math.max(...read)).toBeLessThanOrEqual(2 * OPEN);
    expect(
      steps.map((step) => step['Rows Removed by Join Filter'] ?? 0).reduce((sum, one) => sum + one, 0),
    ).toBeLessThanOrEqual(OPEN);
  });
});
