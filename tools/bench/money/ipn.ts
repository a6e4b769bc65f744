import pg from 'pg';
import { inTurns } from '../in-turns';
import { commits } from './commits';
import { HttpLoad, type LoadRequest } from './http-load';
import { callbackPath, writeAttempts } from './gateway-attempts';
import { AT_ONCE, type Measurement } from './measurement';
import { emptyServiceUrl, openPaymentSite, type PaymentSite } from './payment-site';
import { allTheTime, ProcessorUse } from './processor-use';

/** Open attempts that callbacks may name, so many for each second of measurement. */
const ATTEMPTS_PER_SECOND = 12_000;

/** Callbacks of the gateway, each of another attempt: verified, stored once, answered. */
export const ipnMeasurement: Measurement = {
  name: 'money ipn',
  goals: ['ipn'],
  measure: async ({ log, ...turns }) => {
    const site = await openPaymentSite({}, log);
    const expected = { status: 200, text: '"RspCode":"00"' };
    const pool = new pg.Pool({ connectionString: site.adminUrl, max: AT_ONCE });
    const attempts = Math.ceil((ATTEMPTS_PER_SECOND * turns.timeMs * (turns.rounds + 1)) / 1000);
    let used = 0;
    const next = (): LoadRequest => ({ method: 'GET', path: callbackPath(site, (used += 1)) });
    const load = new HttpLoad(site.api.url, AT_ONCE, next, expected);
    const empty = new HttpLoad(
      await emptyServiceUrl(site),
      AT_ONCE,
      () => ({ method: 'GET', path: callbackPath(site, 1) }),
      expected,
    );
    const use = await ProcessorUse.of(site);
    try {
      await writeAttempts(site, attempts);
      const insert = await rawInsert(site, pool, load, next);
      const contestants = [
        {
          what: 'callbacks of the gateway over HTTP',
          run: (ms: number) => use.during(() => load.run(ms), allTheTime),
        },
        { what: 'one raw insert per commit from Node', run: insert },
        { what: 'an empty Nest route', run: (ms: number) => empty.run(ms) },
      ];
      const figures = await inTurns(contestants, turns);
      return { ipn: { names: contestants.map(({ what }) => what), figures, spent: use.perUnit() } };
    } finally {
      await Promise.all([use.close(), load.close(), empty.close(), pool.end()]);
      await site.close();
    }
  },
};

/** A row as large as that of a callback, under a key, each in a commit of its own. Returns the contestant's work. */
async function rawInsert(
  { admin }: PaymentSite,
  pool: pg.Pool,
  load: HttpLoad,
  next: () => LoadRequest,
): Promise<(milliseconds: number) => Promise<number>> {
  await load.send(next());
  const { rows } = await admin.query<{ row: string }>('SELECT to_jsonb(i)::text AS row FROM "IpnInbox" i LIMIT 1');
  const body = rows[0]?.row ?? '';
  await admin.query('CREATE TABLE public.bench_inbox (id text PRIMARY KEY, body text NOT NULL)');
  const text = 'INSERT INTO public.bench_inbox (id, body) VALUES ($1, $2)';
  return commits(pool, (number) => ({ name: 'raw', text, values: [number.toString().padStart(12, '0'), body] }));
}
