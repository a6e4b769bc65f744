import { changeStatement, type ChangePart } from '../../../apps/payment/src/transactions/change-statement';
import { inTurns } from '../in-turns';
import { HttpLoad, type LoadRequest } from './http-load';
import { AT_ONCE, type Measurement } from './measurement';
import { NUMBER, numberedText, pgbench, withParameters } from './pgbench';
import { emptyServiceUrl, openPaymentSite, PAYMENT_PATH, type PaymentSite } from './payment-site';
import { allTheTime, ProcessorUse } from './processor-use';

/** A checkout that needs no provider: one statement, one commit. */
export const checkoutMeasurement: Measurement = {
  name: 'money checkout',
  goals: ['checkout'],
  measure: async ({ log, ...turns }) => {
    const site = await openPaymentSite({}, log);
    let count = 0;
    const next = (): LoadRequest => checkout(site, (count += 1));
    const expected = { status: 200, text: '"transaction":{' };
    const load = new HttpLoad(site.api.url, AT_ONCE, next, expected);
    const empty = new HttpLoad(await emptyServiceUrl(site), AT_ONCE, next, expected);
    const use = await ProcessorUse.of(site);
    try {
      const statement = await sameStatement(site, load);
      const databaseUrl = site.system.databaseUrl('nx_payment');
      const contestants = [
        { what: 'checkouts over HTTP', run: (ms: number) => use.during(() => load.run(ms), allTheTime) },
        {
          what: 'the same statement by pgbench',
          run: (ms: number) => pgbench({ databaseUrl, clients: AT_ONCE, statement }, ms),
        },
        { what: 'an empty Nest route with the same guard and validation', run: (ms: number) => empty.run(ms) },
      ];
      const figures = await inTurns(contestants, turns);
      return { checkout: { names: contestants.map(({ what }) => what), figures, spent: use.perUnit() } };
    } finally {
      await Promise.all([use.close(), load.close(), empty.close()]);
      await site.close();
    }
  },
};

function checkout({ cashier, prefix }: PaymentSite, number: number): LoadRequest {
  const id = `${prefix}-${number}`;
  return {
    method: 'POST',
    path: `${PAYMENT_PATH}/payments/checkout`,
    headers: { ...cashier, 'idempotency-key': id },
    body: JSON.stringify({
      source: { type: 'SaleOrder', id, uid: `SO-${number}` },
      payment: { provider: 'SYSTEM', method: '000_CASH', total: 120_000, currency: 'VND' },
    }),
  };
}

interface Written {
  readonly transaction: object & { readonly id: string; readonly uid: string; readonly source_id: string };
  readonly attempts: readonly (object & { readonly id: string; readonly uid: string })[];
  readonly events: readonly (object & { readonly id: string })[];
  readonly keys: readonly object[];
}

const WRITTEN = `
SELECT (SELECT to_jsonb(t) FROM "Transaction" t WHERE t.id = $1) AS transaction,
  (SELECT jsonb_agg(a) FROM "PaymentAttempt" a WHERE a.transaction_id = $1) AS attempts,
  (SELECT jsonb_agg(o ORDER BY o.position) FROM "Outbox" o WHERE o.aggregate_id = $1) AS events,
  (SELECT jsonb_agg(k) FROM "IdempotencyKey" k WHERE k.ids->>'transactionId' = $1) AS keys`;

/** What the service runs for a checkout, with the very rows that it has written for one; each commit numbers them anew. */
async function sameStatement(site: PaymentSite, load: HttpLoad): Promise<string> {
  const answer = JSON.parse(await load.send(checkout(site, 0))) as { transaction: { id: string } };
  const { rows } = await site.admin.query<Written>(WRITTEN, [answer.transaction.id]);
  const [written] = rows;
  if (written === undefined) throw new Error('the checkout has left no rows');
  const parts: Partial<Record<ChangePart, readonly object[]>> = {
    newAttempts: written.attempts,
    events: written.events,
    newKey: written.keys,
  };
  const { rows: epochs } = await site.admin.query<{ epoch: string }>('SELECT epoch::text FROM "FreezeEpoch"');
  const numbered = numbering(written);
  const texts = [written.transaction, ...Object.values(parts)].map((rowsOf) => numberedText(numbered(rowsOf)));
  const sql = changeStatement('open', Object.keys(parts) as ChangePart[], true);
  return withParameters(sql, [...texts, epochs[0]?.epoch ?? '0']);
}

/** The JSON of rows with the number in place of what has to differ from one checkout to the next. */
function numbering({ transaction, attempts, events }: Written): (rows: object) => string {
  const ids = [transaction, ...attempts].flatMap(({ id, uid }) => [id, uid]);
  const unique = [...ids, transaction.source_id, ...events.map(({ id }) => id)];
  return (rows) =>
    unique.reduce((text, id, at) => text.replaceAll(`"${id}"`, `"${at}-${NUMBER}"`), JSON.stringify(rows));
}
