import { eventually } from '@nx/testing';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { issuedSale, untilIssued, type Issued } from './issued.fixture';
import type { RestAnswer } from './rest.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running));

const RETURN = { cause: 'GOODS_RETURNED', reason: 'Khách trả hàng' };
const adjust = (sale: Issued, body: object): Promise<RestAnswer> =>
  sale.owner('POST', `/invoices/${sale.id}/adjust`, body);

/** By what, of which line of the original, how much of it, for how much money with tax. */
type Taken = readonly ['QUANTITY' | 'AMOUNT' | null, number | null, string, number];

/** Lines of an adjustment as nobody but the database checks them, in one statement. */
const take = (client: pg.ClientBase, adjustmentId: string, lines: readonly Taken[]): Promise<unknown> =>
  client.query(
    `INSERT INTO "InvoiceItem" (id, invoice_id, merchant_id, ordinal, kind, name, quantity, unit_price,
       amount_before_discount, discount, amount, tax_amount, reduction, amount_after_tax, corrected_ordinal,
       corrected_by, created_at)
     SELECT gen_random_uuid()::text, $1, 'm', 90 + r.place, 'GOODS', 'x', (r.line ->> 2)::numeric, 1, 0, 0, 0, 0, 0,
       (r.line ->> 3)::bigint, (r.line ->> 1)::int, r.line ->> 0, now()
     FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS r(line, place)`,
    [adjustmentId, JSON.stringify(lines)],
  );

/** What the database refuses of it by name, undefined when it takes it; nothing of it stays. */
async function undone(work: (client: pg.ClientBase) => Promise<void>): Promise<string | undefined> {
  const client = await world.sql.connect();
  try {
    await client.query('BEGIN');
    await work(client);
    return undefined;
  } catch (error) {
    const { constraint, message } = error as { constraint?: string; message: string };
    return constraint ?? message;
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

describe('goods that come back', () => {
  it('are refused by the database itself beyond what is left', async () => {
    const other = await issuedSale(world, service);
    expect((await adjust(other, RETURN)).status).toBe(200);
    const sale = await issuedSale(world, service);
    const a = await adjust(sale, { ...RETURN, lines: [{ ordinal: 1, quantity: '1' }] });
    const b = await adjust(sale, { ...RETURN, lines: [{ ordinal: 2, quantity: '0.1' }] });
    await Promise.all([untilIssued(world, a.body.id), untilIssued(world, b.body.id)]);
    const beyond = 'invoice_never_adjusted_beyond';
    const gone = (change: string): string => `UPDATE "Invoice" SET ${change} WHERE id = '${a.body.id}'`;
    const reversed = `UPDATE "InvoiceItem" SET amount_after_tax = -90000 WHERE invoice_id = '${sale.id}' AND ordinal = 1`;
    // One cup for 45,000 đ and 13,600 đ of bread are left.
    const table: readonly { lines: Taken[]; before?: string; refused?: string }[] = [
      { lines: [['QUANTITY', 1, '-1', -45_000]] },
      { lines: [['QUANTITY', 1, '-1.000001', 0]], refused: beyond },
      { lines: [['QUANTITY', 1, '-0.5', -45_001]], refused: beyond },
      { lines: [['AMOUNT', 1, '-5', -45_000]] },
      { lines: [['AMOUNT', 1, '-1', -45_001]], refused: beyond },
      { lines: [['AMOUNT', 1, '1', 500_000]] },
      { lines: [['QUANTITY', 2, '-0.4', -13_600]] },
      { lines: [['QUANTITY', 2, '-0.400001', -13_600]], refused: beyond },
      { lines: [[null, null, '-100', -900_000]] },
      {
        lines: [
          ['QUANTITY', 1, '-0.6', -1],
          ['QUANTITY', 1, '-0.6', -1],
        ],
        refused: beyond,
      },
      {
        lines: [
          ['QUANTITY', 2, '-0.1', -1],
          ['QUANTITY', 1, '-2', -1],
        ],
        refused: beyond,
      },
      { lines: [['QUANTITY', 1, '-2', -90_000]], before: gone(`issuance_status = 'CANCELLED'`) },
      { lines: [['QUANTITY', 1, '-2', -90_000]], before: gone(`deleted_at = now()`) },
      { lines: [['QUANTITY', 1, '-2', -90_000]], before: gone(`origin = '200_REPLACEMENT', total = 1`) },
      { lines: [['AMOUNT', 1, '1', 100_000]], before: reversed },
      { lines: [['AMOUNT', 1, '1', 135_001]], before: reversed, refused: beyond },
    ];
    for (const [index, { lines, before, refused }] of table.entries()) {
      const outcome = await undone(async (client) => {
        if (before !== undefined) await client.query(before);
        await take(client, b.body.id, lines);
      });
      expect({ index, outcome }).toEqual({ index, outcome: refused });
    }
  });

  it('wait in the database for who takes back at the same moment', async () => {
    const sale = await issuedSale(world, service);
    const made = [];
    for (let n = 0; n < 2; n += 1) {
      const { body } = await adjust(sale, { ...RETURN, lines: [{ ordinal: 2, quantity: '0.1' }] });
      await untilIssued(world, body.id);
      made.push(String(body.id));
    }
    const [one = '', another = ''] = made;
    const [first, second] = await Promise.all([world.sql.connect(), world.sql.connect()]);
    try {
      await first.query('BEGIN');
      await take(first, one, [['QUANTITY', 1, '-1.5', -1]]);
      const { rows } = await second.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const other = take(second, another, [['QUANTITY', 1, '-1.5', -1]]).then(
        () => undefined,
        (error: { constraint?: string }) => error.constraint,
      );
      const waits = `SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'`;
      await eventually(async () => (await world.sql.query(waits, [rows[0]?.pid])).rowCount === 1);
      await first.query('COMMIT');
      expect(await other).toBe('invoice_never_adjusted_beyond');
    } finally {
      first.release(true);
      second.release();
    }
  });
});
