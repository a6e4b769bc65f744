import { eventually, type Wire } from '@nx/testing';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { withWiredService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf, type Rest, type RestAnswer } from './rest.fixture';
import { connectMerchant, issuedAt, orderOf, type Merchant } from './sale.fixture';
import { secondProvider } from './second-provider.fixture';

/** A service whose COMMITs lose their answers where the test says, and whose server does not tell what became of them. */
let world: InvoiceWorld;
let wire: Wire;
let service: RunningInvoice;
let operator: Rest;

withWiredService(async (running) => {
  ({ world, service, wire } = running);
  const admin = new pg.Client({ connectionString: world.database.urlFor('admin') });
  await admin.connect();
  await admin.query('REVOKE EXECUTE ON FUNCTION pg_xact_status FROM PUBLIC');
  await admin.end();
  operator = await restOf(world, service, { role: '600_operator', merchantIds: [] });
});

interface Case {
  readonly rest: Rest;
  readonly path: string;
  readonly body: object;
  /** What stands behind FROM, and its parameter: one more row than before when the operation has had its effect. */
  readonly effect: readonly [from: string, id: string];
  /** Whose invoice it is about: at its provider it is issued so often in the end. */
  readonly issued?: readonly [merchant: Merchant, times: number];
}

/** A step of an invoice's own trail. */
const step = (eventType: string, invoiceId: string): Case['effect'] => [
  `"InvoiceAuditTracing" WHERE event_type = '${eventType}' AND invoice_id = $1`,
  invoiceId,
];

/** What a step of the preparation made; without it the preparation is done again. */
async function made(asked: Promise<RestAnswer>): Promise<RestAnswer['body']> {
  const { status, body } = await asked;
  if (status >= 300) throw new Error(`not prepared: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** An invoice that waits for a person, or that was given up and is proven to be issued nowhere. */
async function waiting(status: 'PENDING' | 'FAILED' = 'PENDING') {
  const merchant = await connectMerchant(world, service, { mode: 'MANUAL' });
  const owner = await restOf(world, service, { role: '500_owner', merchantIds: [merchant.id] });
  const configs = await made(owner('GET', '/invoice-provider-configs'));
  const body = {
    invoiceProviderConfigId: configs.data[0]?.id,
    sourceId: orderOf(merchant).id,
    paidAt: new Date().toISOString(),
    paymentMethod: 'CASH',
    items: [{ name: 'Trà', quantity: '1', unitPrice: '30000', total: 30_000, taxRate: '10%' }],
    total: 30_000,
  };
  const id = String((await made(owner('POST', '/invoices', body))).id);
  await world.sql.query(`UPDATE "Invoice" SET issuance_status = $2, due_at = NULL WHERE id = $1`, [id, status]);
  return { merchant, owner, id };
}

const issue = async (): Promise<Case> => {
  const { merchant, owner, id } = await waiting();
  return {
    rest: owner,
    path: `/invoices/${id}/issue`,
    body: {},
    effect: step('ISSUE_ASKED', id),
    issued: [merchant, 1],
  };
};

const retry = async (): Promise<Case> => {
  const { merchant, owner, id } = await waiting('FAILED');
  return {
    rest: owner,
    path: `/invoices/${id}/retry`,
    body: {},
    effect: step('RETRY_ASKED', id),
    issued: [merchant, 1],
  };
};

const cancel = async (): Promise<Case> => {
  const { merchant, owner, id } = await waiting();
  const body = { reason: 'made by mistake' };
  return { rest: owner, path: `/invoices/${id}/cancel`, body, effect: step('CANCELLED', id), issued: [merchant, 0] };
};

const failover = async (): Promise<Case> => {
  const { merchant, owner, id } = await waiting('FAILED');
  const configId = await secondProvider(world, service, merchant, merchant.symbol.replace(/YY$/, 'ZZ'));
  const body = { invoiceProviderConfigId: configId, reason: 'It is away.' };
  const effect = step('FAILED_OVER', id);
  return { rest: owner, path: `/invoices/${id}/failover`, body, effect, issued: [merchant, 1] };
};

const replay = async (): Promise<Case> => {
  const { merchant, id } = await waiting('FAILED');
  const body = { invoiceIds: [id], reason: 'The series is registered now.' };
  const effect = step('RETRY_ASKED', id);
  return { rest: operator, path: '/operations/dead-letters/replay', body, effect, issued: [merchant, 1] };
};

let findings = 0;
const finding = async (verb: string, body: object, changed: string): Promise<Case> => {
  const id = `f${(findings += 1)}`;
  await world.sql.query(
    `INSERT INTO "Finding" (id, code, origin, merchant_id, subject, detail, status, created_at, modified_at, metadata)
     VALUES ($1, 'LEGAL_DEADLINE_NEAR', 'test', 'shop', $1, 'd', 'OPEN', now(), now(), '{}')`,
    [id],
  );
  return {
    rest: operator,
    path: `/operations/findings/${id}/${verb}`,
    body,
    effect: [`"Finding" WHERE ${changed} AND id = $1`, id],
  };
};

const resync = (): Promise<Case> => {
  const reason = 'records were lost';
  return Promise.resolve({
    rest: operator,
    path: '/operations/cdc/resyncs',
    body: { merchantIds: ['m-lost'], reason },
    effect: ['"CdcResync" WHERE reason = $1', reason],
  });
};

const partitions = async (): Promise<Case> => {
  const { partitions: from } = await made(operator('GET', '/operations/partitions'));
  return {
    rest: operator,
    path: '/operations/partitions',
    body: { from, to: from + 1, reason: 'more work' },
    effect: ['"QueuePartitioning" WHERE partitions = $1::int', String(from + 1)],
  };
};

/** What the repetition is answered: the first answer, or what the state says; it is never refused. */
type Told = 'the first answer' | { readonly status: 200; readonly body: object };

const REPLAYED = { status: 200, body: { replayed: [expect.any(String)], refused: [] } } as const;

const CASES: readonly (readonly [what: string, prepare: () => Promise<Case>, told: Told])[] = [
  ['an invoice that is issued now', issue, 'the first answer'],
  ['an invoice that is tried again', retry, 'the first answer'],
  ['an invoice that is given up', cancel, { status: 200, body: { issuanceStatus: 'CANCELLED' } }],
  ['an invoice that goes to another provider', failover, 'the first answer'],
  ['a dead letter that is replayed', replay, REPLAYED],
  [
    'a finding that is taken',
    () => finding('assign', { owner: 'IQBapalCzY' }, 'owner IS NOT NULL'),
    'the first answer',
  ],
  [
    'a finding that is closed',
    () => finding('resolve', { outcome: 'CORRECTED', note: 'done' }, `status = 'RESOLVED'`),
    'the first answer',
  ],
  ['a reading of the feed', resync, 'the first answer'],
  ['another number of partitions', partitions, 'the first answer'],
];

const count = async (from: string, values: unknown[]): Promise<number> => {
  const { rows } = await world.sql.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`, values);
  return rows[0]?.n ?? -1;
};

/** Comes again later: a connection was not to be had in time, or the key is still held. */
const UNTOLD = new Set(['service.unavailable', 'idempotency.in_progress']);

describe.concurrent('an operation whose COMMIT was not answered', () => {
  it.each(CASES)('%s: has one effect, and the repetition is told the truth', async (what, prepare, told) => {
    const asked = await eventually(prepare);
    const [from, id] = asked.effect;
    const [key, first, second] = ['key', 'first', 'second'].map((name) => `${name}-${what.replaceAll(' ', '-')}`);
    const send = (requestId = '') =>
      asked.rest('POST', asked.path, asked.body, { 'idempotency-key': key ?? '', 'x-request-id': requestId });
    const written = async (requestId = ''): Promise<number> =>
      (await count('"AuditTrail" WHERE request_id = $1', [requestId])) +
      (await count('"InvoiceAuditTracing" WHERE request_id = $1', [requestId]));
    const before = await count(from, [id]);
    // The entry of the trail bears the number of the request; what keeps its answer, the key.
    const text = (told === 'the first answer' ? key : first) ?? '';
    const sprung = wire.trap({ text, atCommit: true, when: 'after' });
    const lost = await eventually(async () => {
      const answer = await send(first);
      return sprung() > 0 ? answer : undefined;
    });
    expect(await count(from, [id])).toBe(before + 1);
    const again = await eventually(async () => {
      const answer = await send(second);
      return UNTOLD.has(answer.body.code) ? undefined : answer;
    });
    if (told === 'the first answer') {
      // It was kept with the effect, so that it is found although nobody says what became of the COMMIT: at once, or
      // by the repetition where no connection was to be had in time.
      const heard = UNTOLD.has(lost.body.code) ? again : lost;
      expect([sprung(), heard.status]).toEqual([1, again.status]);
      expect([again.headers.get('idempotency-replayed'), again.body]).toEqual(['true', heard.body]);
    } else {
      expect([sprung(), lost.status, lost.body.code]).toEqual([1, 503, 'service.unavailable']);
      expect(again).toMatchObject(told);
    }
    expect(await count(from, [id])).toBe(before + 1);
    expect([(await written(first)) > 0, await written(second)]).toEqual([true, 0]);
    if (asked.issued !== undefined) await issuedInTheEnd(...asked.issued);
  });

  it('goes on with the rest of several dead letters, and names them all', async () => {
    const given = [await eventually(() => waiting('FAILED')), await eventually(() => waiting('FAILED'))];
    const body = { invoiceIds: given.map(({ id }) => id), reason: 'The series is registered now.' };
    const send = () =>
      operator('POST', '/operations/dead-letters/replay', body, {
        'idempotency-key': 'key-several',
        'x-request-id': 'first-several',
      });
    const sprung = wire.trap({ text: 'first-several', atCommit: true, when: 'after' });
    const lost = await eventually(async () => {
      const answer = await send();
      return sprung() > 0 ? answer : undefined;
    });
    expect([sprung(), lost.status]).toEqual([1, 503]);
    const again = await eventually(async () => {
      const answer = await send();
      return UNTOLD.has(answer.body.code) ? undefined : answer;
    });
    expect(again).toMatchObject({ status: 200, body: { replayed: body.invoiceIds, refused: [] } });
    for (const id of body.invoiceIds) {
      const [from, value] = step('RETRY_ASKED', id);
      expect(await count(from, [value])).toBe(1);
    }
  });
});

/** Nothing more comes once the invoice has its end: issued, or given up. */
async function issuedInTheEnd(merchant: Merchant, times: number): Promise<void> {
  const ended = `"Invoice" WHERE merchant_id = $1 AND issuance_status IN ('SUCCESS', 'CANCELLED')`;
  await eventually(async () => (await count(ended, [merchant.id])) === 1, { timeoutMs: 30_000 });
  expect(await issuedAt(world, merchant)).toHaveLength(times);
}
