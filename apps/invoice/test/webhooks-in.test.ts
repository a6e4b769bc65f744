import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Metrics } from '@nx/observability';
import { eventually } from '@nx/testing';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { issuedSale } from './issued.fixture';
import type { RestAnswer } from './rest.fixture';
import { connectMerchant, orderOf, produce, statusOf, untilStatus } from './sale.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;

withService((running) => ({ world, service } = running), {
  WEBHOOK_SECRET: 'm-secret',
  WEBHOOK_INTERNAL_SECRET: 'i-new,i-old',
});

interface Signing {
  readonly secret?: string;
  readonly source?: string;
  readonly at?: number | string;
  /** From now, in ms. */
  readonly offsetMs?: number;
  readonly signature?: (made: string) => string;
}

const noticeId = (): string => `n${randomBytes(6).toString('hex')}`;

/** Sends raw bytes with the headers of a sender that signs as told. */
async function send(body: string | Buffer, signing: Signing = {}): Promise<RestAnswer> {
  const {
    secret = 'i-new',
    source = 'internal',
    offsetMs = 0,
    at = Date.now() + offsetMs,
    signature = (made) => made,
  } = signing;
  const made = createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex');
  const response = await fetch(`${service.url}/v1/api/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-webhook-source': source,
      'x-webhook-timestamp': String(at),
      'x-webhook-signature': signature(made),
    },
    body: new Uint8Array(Buffer.from(body)),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const tell = (type: string, data: object, id = noticeId()): Promise<RestAnswer> =>
  send(JSON.stringify({ id, type, data }));

async function rejected(reason: string): Promise<number> {
  const text = await service.app.get(Metrics).render();
  const line = text.split('\n').find((row) => row.startsWith(`invoice_webhooks_rejected_total{reason="${reason}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

const authorityOf = async (id: string): Promise<unknown> => {
  const { rows } = await world.sql.query(`SELECT authority_status, cqt_code FROM "Invoice" WHERE id = $1`, [id]);
  return rows[0];
};

describe('the two trusts', () => {
  const body = (): string => JSON.stringify({ id: noticeId(), type: 'x', data: {} });

  it.each<[string, Signing, string]>([
    ['the secret of the other trust', { secret: 'm-secret' }, 'signature'],
    ['the secret of the other trust, the other way round', { secret: 'i-new', source: 'merchant' }, 'signature'],
    ['a source that nobody knows', { source: 'commerce' }, 'source'],
    ['301 s ago', { offsetMs: -301_000 }, 'window'],
    ['in 301 s', { offsetMs: 305_000 }, 'window'],
    ['a timestamp that is none', { at: '1e13' }, 'timestamp'],
    ['no signature', { signature: () => '' }, 'signature'],
    ['half of a signature', { signature: (made) => made.slice(0, 32) }, 'signature'],
    ['a signature and more', { signature: (made) => `${made}00` }, 'signature'],
    ['no hex', { signature: (made) => made.replace(/./g, 'z') }, 'signature'],
  ])('%s: 401, counted, and nothing stored', async (_what, signing, reason) => {
    const before = await rejected(reason);
    const { rows: stored } = await world.sql.query(`SELECT count(*) FROM "WebhookReceipt"`);
    expect(await send(body(), signing)).toMatchObject({ status: 401, body: { code: 'invoice.webhook.signature' } });
    expect(await rejected(reason)).toBe(before + 1);
    expect((await world.sql.query(`SELECT count(*) FROM "WebhookReceipt"`)).rows).toEqual(stored);
  });

  it('take seconds and milliseconds, either secret of a rotation, and the prefix of others', async () => {
    for (const signing of [
      { at: Math.floor(Date.now() / 1000) },
      { at: Date.now() - 290_000 },
      { secret: 'i-old' },
      { secret: 'm-secret', source: 'merchant' },
      { signature: (made: string) => `sha256=${made.toUpperCase()}` },
    ]) {
      expect(await send(body(), signing)).toMatchObject({ status: 200, body: { outcome: 'stored' } });
    }
  });

  it('take a notice once, also of many at the same moment', async () => {
    const text = body();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(text)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.body.code === 'invoice.webhook.replayed')).toHaveLength(19);
  });

  it('change nothing on the word of the merchant', async () => {
    const { id } = await issuedSale(world, service);
    const before = await authorityOf(id);
    const text = JSON.stringify({ id: noticeId(), type: 'invoice.rejected', data: { providerKey: id } });
    expect((await send(text, { secret: 'm-secret', source: 'merchant' })).body).toEqual({ outcome: 'stored' });
    expect(await authorityOf(id)).toEqual(before);
  });

  it('never fail, whatever a sender with the secret sends', { timeout: 120_000 }, async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .record({ id: fc.string(), type: fc.constantFrom('invoice.coded', 'x'), data: fc.jsonValue() })
        .map((v) => JSON.stringify(v)),
      fc
        .record({
          providerKey: fc.oneof(fc.string({ unit: 'binary' }), fc.integer()),
          cqtCode: fc.string({ unit: 'binary' }),
        })
        .map((data) => JSON.stringify({ id: noticeId(), type: 'invoice.coded', data })),
    );
    const headers = fc.record({ at: fc.oneof(fc.constant(Date.now()), fc.stringMatching(/^[0-9.e+-]{0,16}$/)) });
    await fc.assert(
      fc.asyncProperty(texts, headers, async (text, { at }) => {
        expect([200, 400, 401, 409, 422]).toContain((await send(text, { at })).status);
      }),
      { numRuns: process.env['TEST_LONG'] === '1' ? 1000 : 120 },
    );
  });
});

describe('what providers tell of the authority', () => {
  it('comes to the same in any order; a code is given once', async () => {
    const { id, owner } = await issuedSale(world, service);
    const code = (await authorityOf(id)) as { cqt_code: string };
    for (const type of ['invoice.accepted', 'invoice.signed', 'invoice.coded', 'invoice.sent']) {
      expect((await tell(type, { providerKey: id, cqtCode: 'OTHER' })).body).toEqual({ outcome: 'applied' });
    }
    expect(await authorityOf(id)).toEqual({ authority_status: 'ACCEPTED', cqt_code: code.cqt_code });
    const audit = (await owner('GET', `/invoices/${id}/audit`)).body;
    const told = audit.data.filter(({ eventType }) => eventType === 'AUTHORITY');
    expect(told.map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'SIGNED', 'CODED', 'SENT']);
    expect(audit.intact).toBe(true);
  });

  it('opens one case for a person when it is a no', async () => {
    const { id, owner } = await issuedSale(world, service);
    await Promise.all(
      Array.from({ length: 5 }, () => tell('invoice.rejected', { providerKey: id, reason: 'Sai mã số thuế' })),
    );
    await tell('invoice.accepted', { providerKey: id });
    expect(await authorityOf(id)).toMatchObject({ authority_status: 'REJECTED' });
    const { rows } = await world.sql.query(
      `SELECT detail FROM "Finding" WHERE subject = $1 AND code = 'AUTHORITY_REJECTED'`,
      [id],
    );
    expect(rows).toEqual([{ detail: expect.stringContaining('Sai mã số thuế') }]);
    const shown = await owner('GET', `/invoices/findings?invoiceId=${id}&code=AUTHORITY_REJECTED`);
    expect(shown.body.data).toHaveLength(1);
  });

  it('waits for the answer of an invoice that it overtakes', { timeout: 60_000 }, async () => {
    const merchant = await connectMerchant(world, service);
    const order = orderOf(merchant);
    await world.sandbox.call('POST', '/faults', {
      kind: 'issued-then-timeout',
      target: 'vnpay-invoice.issue',
      count: 1,
      ms: 2500,
    });
    await world.sandbox.call('POST', '/faults', { kind: 'look-up-failure', target: 'vnpay-invoice.look-up', count: 3 });
    await produce(world, order);
    const { id } = await eventually(async () => {
      const row = await statusOf(world, order.id);
      return row?.issuance_status === 'PROCESSING' || row?.issuance_status === 'UNKNOWN' ? row : undefined;
    });
    expect((await tell('invoice.accepted', { providerKey: id })).body).toEqual({ outcome: 'waiting' });
    await untilStatus(world, order.id, 'SUCCESS', 30_000);
    expect(await authorityOf(id)).toMatchObject({ authority_status: 'ACCEPTED' });
    const { rows } = await world.sql.query(`SELECT outcome FROM "WebhookReceipt" WHERE provider_key = $1`, [id]);
    expect(rows).toEqual([{ outcome: 'applied' }]);
  });
});
