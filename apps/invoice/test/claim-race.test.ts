import { Metrics } from '@nx/observability';
import { describe, expect, it } from 'vitest';
import { ClaimInvoice } from '../src/claims/claim-invoice';
import { ExpireClaim } from '../src/claims/expire-claim';
import { SteerInvoice } from '../src/invoices/steer-invoice';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf, type Rest, type RestAnswer } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, produce, untilStatus, type Merchant, type Order } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;
const ROUNDS = process.env['TEST_LONG'] === '1' ? 40 : 4;

// A minute is a minute here, so that windows stay open while the tests use them.
withService((running) => ({ world, service } = running), { APP_ENV_INVOICE_MINUTE_MS: '60000' });

const BUYERS = {
  A: { kind: 'COMPANY', taxCode: '0100109106', legalName: 'Viettel', address: 'Hà Nội' },
  B: { kind: 'COMPANY', taxCode: '0101243150', legalName: 'MISA', address: 'Hà Nội' },
} as const;
type Who = keyof typeof BUYERS;

interface Claimable {
  readonly merchant: Merchant;
  readonly order: Order;
  readonly id: string;
  readonly requestId: string;
  readonly token: string;
  readonly owner: Rest;
}

async function claimable(): Promise<Claimable> {
  const merchant = await connectMerchant(world, service, { mode: 'BUYER_SELF_SERVICE', claimWindowMinutes: 1440 });
  const order = orderOf(merchant);
  await produce(world, order);
  const { id } = await untilStatus(world, order.id, 'PENDING');
  const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
  const detail = (await owner('GET', `/invoices/${id}`)).body;
  const token = String(detail.claim.url).split('/').at(-1) ?? '';
  return { merchant, order, id, requestId: detail.invoiceRequestId, token, owner };
}

/** Ends the connections of the service at random while the tries run, as a crash of a process would. */
function killConnections(): () => Promise<void> {
  let running = true;
  const ended = (async () => {
    while (running) {
      await world.sql.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()
           AND application_name <> '' AND random() < 0.2`,
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return async () => {
    running = false;
    await ended;
  };
}

interface End {
  readonly state: string;
  readonly buyer: string;
}

async function endOf({ requestId, merchant }: Claimable): Promise<End> {
  const { rows } = await world.sql.query<{ claim_state: string }>(
    `SELECT claim_state FROM "InvoiceRequest" WHERE id = $1`,
    [requestId],
  );
  const [issued, ...others] = await issuedAt(world, merchant);
  expect(others).toEqual([]);
  return { state: rows[0]?.claim_state ?? '', buyer: issued?.buyer['buyerTaxCode'] ?? '' };
}

/** 120 tries at once around the deadline: two buyers, the expiry, and a person who issues by hand. */
async function race(sale: Claimable, deadlineInMs: number): Promise<Set<Who>> {
  const claiming = service.app.get(ClaimInvoice);
  const expiring = service.app.get(ExpireClaim);
  const steering = service.app.get(SteerInvoice);
  const actor = { userId: 'u1', merchantId: sale.merchant.id, organizerId: null } as Parameters<
    SteerInvoice['issue']
  >[1];
  const deadline = new Date(Date.now() + deadlineInMs);
  await world.sql.query(`UPDATE "InvoiceRequest" SET claim_deadline = $2 WHERE id = $1`, [sale.requestId, deadline]);
  const claimed = new Set<Who>();
  const tries = Array.from({ length: 120 }, (_, n) => async () => {
    await new Promise((resolve) => setTimeout(resolve, (n * 7) % 40));
    try {
      if (n % 6 === 0) await expiring.execute(sale.requestId);
      else if (n % 6 === 1) await steering.issue(sale.id, actor);
      else {
        const who = n % 2 === 0 ? 'A' : 'B';
        await claiming.execute(sale.token, BUYERS[who]);
        claimed.add(who);
      }
    } catch {
      // Refused, or its connection was cut: the table says what became of it.
    }
  });
  await Promise.all(tries.map((attempt) => attempt()));
  return claimed;
}

describe('at the deadline', () => {
  it.each([
    ['buyers, expiry and a person at once', false],
    ['the same while connections are cut', true],
  ])('%s: one of them wins, and the invoice says the same', { timeout: 240_000 }, async (_what, cut) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const sale = await claimable();
      const stop = cut ? killConnections() : async () => undefined;
      const claimed = await race(sale, [5, 20, 35, 60][round % 4] ?? 20);
      await stop();
      await untilStatus(world, sale.order.id, 'SUCCESS', 30_000);
      const { state, buyer } = await endOf(sale);
      expect(claimed.size).toBeLessThanOrEqual(1);
      const [who] = claimed;
      if (who !== undefined) expect({ state, buyer }).toEqual({ state: 'CLAIMED', buyer: BUYERS[who].taxCode });
      if (state === 'EXPIRED') expect(buyer).toBe('');
      else expect([BUYERS.A.taxCode, BUYERS.B.taxCode]).toContain(buyer);
      const audit = (await sale.owner('GET', `/invoices/${sale.id}/audit`)).body;
      expect(audit.intact).toBe(true);
      const ends = audit.data.filter(({ eventType }) => /^CLAIM(ED|_EXPIRED)$/.test(eventType));
      expect(ends.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('a claim', () => {
  it('that loses a race is counted with what has won', async () => {
    const counted = async (): Promise<number> => {
      const text = await service.app.get(Metrics).render();
      const lost = [...text.matchAll(/^invoice_claim_races_total\{winner="[A-Z]+"[^}]*\} (\d+)$/gm)];
      return lost.reduce((sum, [, value]) => sum + Number(value), 0);
    };
    const before = await counted();
    const sale = await claimable();
    expect(await service.app.get(Metrics).render()).toMatch(/invoice_unfinished\{status="PENDING"[^}]*\} [1-9]/);
    const claiming = service.app.get(ClaimInvoice);
    const claims = [BUYERS.A, BUYERS.B].map((buyer) => claiming.execute(sale.token, buyer));
    const ended = await Promise.allSettled(claims);
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await counted()) - before).toBe(1);
  });

  it('that is refused consumes nothing, and the same body within the quarter of an hour is answered again', async () => {
    const sale = await claimable();
    const buyer = await restOf(world, service);
    const wrong = { ...BUYERS.A, taxCode: '0100109107' };
    const refused = await Promise.all(Array.from({ length: 20 }, () => buyer('POST', `/claims/${sale.token}`, wrong)));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([422]));
    const { rows } = await world.sql.query(`SELECT claim_state, buyer FROM "InvoiceRequest" WHERE id = $1`, [
      sale.requestId,
    ]);
    expect(rows).toEqual([{ claim_state: 'PENDING', buyer: null }]);
    const same = await Promise.all(Array.from({ length: 20 }, () => buyer('POST', `/claims/${sale.token}`, BUYERS.A)));
    expect(new Set(same.map(({ status }) => status))).toEqual(new Set([200]));
    await world.sql.query(`UPDATE "InvoiceRequest" SET claimed_at = claimed_at - interval '16 minutes' WHERE id = $1`, [
      sale.requestId,
    ]);
    expect((await buyer('POST', `/claims/${sale.token}`, BUYERS.A)).status).toBe(404);
  });
});

describe('a buyer who is named at the moment of the payment', () => {
  it('stands on the invoice, or is told that it is too late', { timeout: 240_000 }, async () => {
    const ends = { joined: 0, late: 0 };
    const round = async (_: unknown, n: number): Promise<void> => {
      const merchant = await connectMerchant(world, service);
      const order = orderOf(merchant);
      const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
      const [named] = await Promise.all([
        new Promise<RestAnswer>((resolve) =>
          setTimeout(
            () => resolve(owner('POST', '/invoice-requests', { sourceId: order.id, buyer: BUYERS.A })),
            (n * 13) % 120,
          ),
        ),
        produce(world, order),
      ]);
      await untilStatus(world, order.id, 'SUCCESS', 60_000);
      const [issued] = await issuedAt(world, merchant);
      ends[named.status === 201 ? 'joined' : 'late'] += 1;
      if (named.status !== 201) expect(named).toMatchObject({ status: 409, body: { code: 'invoice.invoice.exists' } });
      expect(issued?.buyer['buyerTaxCode']).toBe(named.status === 201 ? BUYERS.A.taxCode : '');
    };
    for (let batch = 0; batch < ROUNDS; batch += 4) await Promise.all(Array.from({ length: 20 }, round));
    expect(ends.joined + ends.late).toBe(ROUNDS * 5);
  });

  it('among many names one stands, the one on the invoice', async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
    const names = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        owner('POST', '/invoice-requests', { sourceId: order.id, buyer: n % 2 === 0 ? BUYERS.A : BUYERS.B }),
      ),
    );
    expect(new Set(names.map(({ status }) => status))).toEqual(new Set([201]));
    const { rows } = await world.sql.query<{ buyer_tax_code: string }>(
      `SELECT buyer_tax_code FROM "InvoiceRequest" WHERE source_id = $1`,
      [order.id],
    );
    expect(rows).toHaveLength(1);
    await produce(world, order);
    await untilStatus(world, order.id, 'SUCCESS');
    expect((await issuedAt(world, merchant))[0]?.buyer['buyerTaxCode']).toBe(rows[0]?.buyer_tax_code);
  });
});
