import { beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { Findings } from '../src/findings/findings';
import type { NewFinding } from '../src/findings/finding';
import { withService, type InvoiceWorld, type RunningInvoice } from './invoice-service.fixture';
import { restOf, type Rest } from './rest.fixture';

let world: InvoiceWorld;
let service: RunningInvoice;
let operator: Rest;
let owner: Rest;
let other: Rest;

withService((running) => ({ world, service } = running));
beforeAll(async () => {
  operator = await restOf(world, service, { role: '600_operator', merchantIds: [] });
  owner = await restOf(world, service, { role: '500_owner', merchantIds: ['shop1'] });
  other = await restOf(world, service, { role: '500_owner', merchantIds: ['shop2'] });
});

const found = (subject: string, change: Partial<NewFinding> = {}): NewFinding => ({
  code: 'LEGAL_DEADLINE_NEAR',
  merchantId: 'shop1',
  organizerId: 'org1',
  invoiceId: subject,
  sourceType: '001_SALE_ORDER',
  sourceId: `order-${subject}`,
  subject,
  detail: 'It is not issued.',
  ...change,
});
const open = (finding: NewFinding, once = false): Promise<boolean> =>
  service.app.get(Database).transaction((tx) => service.app.get(Findings).open(tx, finding, { once }));
const idOf = async (subject: string): Promise<string> => {
  const { rows } = await world.sql.query<{ id: string }>(
    `SELECT id FROM "Finding" WHERE subject = $1 ORDER BY created_at DESC, id DESC LIMIT 1`,
    [subject],
  );
  return rows[0]?.id ?? '';
};

describe('findings', () => {
  it('of one code and subject are open once, alert the merchant and are counted', async () => {
    expect(await Promise.all([open(found('f1')), open(found('f1')), open(found('f1'))])).toEqual(
      expect.arrayContaining([true, false, false]),
    );
    const { rows } = await world.sql.query<{ payload: { merchantId: string; data: { message: string } } }>(
      `SELECT payload FROM "Outbox" WHERE aggregate_type = 'Finding' AND aggregate_id = $1`,
      [await idOf('f1')],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.payload).toMatchObject({ merchantId: 'shop1', data: { message: 'It is not issued.' } });
    expect(await service.app.get(Metrics).render()).toMatch(
      /invoice_findings_open\{code="LEGAL_DEADLINE_NEAR"[^}]*\} 1\b/,
    );
    expect(await service.app.get(Metrics).render()).toMatch(/invoice_unfinished\{status="UNKNOWN"[^}]*\} 0\b/);
  });

  it('are assigned and resolved by operators, each step audited, and closed once', async () => {
    await open(found('f2'));
    const id = await idOf('f2');
    const assigned = await operator('POST', `/operations/findings/${id}/assign`, { owner: 'anna' });
    expect(assigned).toMatchObject({ status: 200, body: { owner: 'anna', status: 'OPEN' } });
    const body = { outcome: 'CORRECTED', note: 'Issued by hand.' };
    const answers = await Promise.all([1, 2].map(() => operator('POST', `/operations/findings/${id}/resolve`, body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('invoice.finding.resolved');
    expect((await operator('GET', `/operations/findings/${id}`)).body).toMatchObject({
      status: 'RESOLVED',
      outcome: 'CORRECTED',
      note: 'Issued by hand.',
      owner: 'anna',
    });
    const { rows } = await world.sql.query<{ action: string; reason: string | null; before: object; after: object }>(
      `SELECT action, reason, before, after FROM "AuditTrail" WHERE entity_id = $1 ORDER BY created_at, id`,
      [id],
    );
    expect(rows).toMatchObject([
      { action: 'finding.assign', before: { owner: null }, after: { owner: 'anna' } },
      {
        action: 'finding.resolve',
        reason: 'Issued by hand.',
        before: { status: 'OPEN' },
        after: { status: 'RESOLVED' },
      },
    ]);
    await expect(world.sql.query(`UPDATE "AuditTrail" SET reason = 'x'`)).rejects.toThrow();
  });

  it('come again after they were closed, but not those that are said once', async () => {
    await open(found('f3'));
    await operator('POST', `/operations/findings/${await idOf('f3')}/resolve`, { outcome: 'ACCEPTED', note: 'seen' });
    expect(await open(found('f3'), true)).toBe(false);
    expect(await open(found('f3'))).toBe(true);
  });

  it('are closed by the service when their cause is gone, and nothing else is', async () => {
    const causeGone = (): Promise<number> =>
      service.app
        .get(Database)
        .transaction((tx) => service.app.get(Findings).causeGone(tx, ['LEGAL_DEADLINE_NEAR'], 'f4', 'It is issued.'));
    await open(found('f4'));
    const byHand = await idOf('f4');
    await operator('POST', `/operations/findings/${byHand}/resolve`, { outcome: 'ACCEPTED', note: 'seen' });
    expect(await causeGone()).toBe(0);
    expect((await operator('GET', `/operations/findings/${byHand}`)).body).toMatchObject({
      outcome: 'ACCEPTED',
      note: 'seen',
    });
    await open(found('f4'));
    const near = await idOf('f4');
    await open(found('f4', { code: 'LEGAL_DEADLINE_PASSED' }));
    const passed = await idOf('f4');
    await world.sql.query(`UPDATE "Finding" SET note = 'asked' WHERE id = $1`, [near]);
    expect(await causeGone()).toBe(1);
    expect((await operator('GET', `/operations/findings/${near}`)).body).toMatchObject({
      status: 'RESOLVED',
      outcome: 'CAUSE_GONE',
      note: 'asked\nIt is issued.',
    });
    expect((await operator('GET', `/operations/findings/${passed}`)).body).toMatchObject({
      status: 'OPEN',
      note: null,
    });
  });

  it('are filtered and paged, the newest first, each once', async () => {
    const of = (subject: string, change: Partial<NewFinding> = {}): NewFinding =>
      found(subject, { merchantId: 'shop3', ...change });
    const ids: string[] = [];
    for (const finding of [of('g1'), of('g2'), of('g3', { code: 'NUMBER_TAKEN' })]) {
      await open(finding);
      ids.unshift(await idOf(finding.subject));
    }
    const [third = '', second = '', first = ''] = ids;
    await operator('POST', `/operations/findings/${first}/resolve`, { outcome: 'NO_FAULT', note: 'seen' });
    const taken = async (): Promise<unknown[]> => {
      await operator('POST', `/operations/findings/${second}/assign`, { owner: 'anna' });
      return (await world.sql.query(`SELECT owner, modified_at FROM "Finding" WHERE id = $1`, [second])).rows;
    };
    // Again to the same person is no change.
    expect(await taken()).toEqual(await taken());
    const list = async (filter: string): Promise<{ ids: string[]; nextCursor: string | null }> => {
      const { body } = await operator('GET', `/operations/findings?merchantId=shop3&${filter}`);
      return { ids: body.data.map(({ id }) => id), nextCursor: body.nextCursor };
    };
    const idsOf = async (filter: string): Promise<string[]> => (await list(filter)).ids;
    expect(await idsOf('status=OPEN')).toEqual([third, second]);
    expect(await idsOf('status=RESOLVED')).toEqual([first]);
    expect(await idsOf('code=NUMBER_TAKEN')).toEqual([third]);
    expect(await idsOf('owner=anna')).toEqual([second]);
    expect(await idsOf('invoiceId=g2')).toEqual([second]);
    const page = await list('limit=2');
    expect(page.ids).toEqual([third, second]);
    expect(await list(`limit=2&cursor=${page.nextCursor ?? ''}`)).toEqual({ ids: [first], nextCursor: null });
    expect((await operator('GET', '/operations/findings/nobody')).body.code).toBe('invoice.finding.not_found');
  });

  it('of a merchant are seen by it alone, to read', async () => {
    await open(found('f5'));
    const mine = await owner('GET', '/invoices/findings?status=OPEN&invoiceId=f5');
    expect(mine.body.data).toMatchObject([{ invoiceId: 'f5', code: 'LEGAL_DEADLINE_NEAR' }]);
    expect((await other('GET', '/invoices/findings')).body.data).toEqual([]);
    expect((await owner('GET', '/operations/findings')).status).toBe(403);
    const id = await idOf('f5');
    const resolve = { outcome: 'NO_FAULT', note: 'mine' };
    expect((await owner('POST', `/operations/findings/${id}/resolve`, resolve)).status).toBe(403);
    expect((await operator('GET', '/operations/findings?merchantId=shop1&limit=1')).body.nextCursor).not.toBeNull();
    expect((await operator('GET', '/operations/findings?code=NOT_A_CODE')).status).toBe(422);
  });
});
