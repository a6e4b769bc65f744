import { postPaymentSuccess } from '@nx/mq-pay';
import pg from 'pg';
import {
  accountRows,
  entryRows,
  journalRows,
  type NumberedJournal,
} from '../../../apps/payment/src/ledger/journal-rows';
import { LEDGER_PARTS } from '../../../apps/payment/src/ledger/ledger-statement';
import { startBenchSystem } from '../bench-system';
import { inTurns } from '../in-turns';
import { commits, type Insert } from './commits';
import { AT_ONCE, type Measurement } from './measurement';
import { allTheTime, ProcessorUse } from './processor-use';

const { accounts, journals, entries } = LEDGER_PARTS;
const POST = `WITH guard AS (SELECT 1), ${accounts('$1')}, ${journals('$2')}, ${entries('$3')} SELECT 1 AS written`;
const RAW = 'INSERT INTO public.bench_entry (id, amount, created_at) VALUES ($1, $2, $3)';

/** Merchants among whom the journals are spread where no account is hot. */
const MERCHANTS = 1_000;

/** One journal of a payment per commit, as the posting rules make it: accounts, journal, two entries, their balance. */
export const ledgerMeasurement: Measurement = {
  name: 'money ledger',
  goals: ['ledger', 'hotAccount'],
  measure: async ({ log, ...turns }) => {
    const bench = await startBenchSystem(
      { processes: [{ name: 'payment-api', service: 'payment', mode: 'api' }] },
      log,
    );
    const pool = new pg.Pool({ connectionString: bench.system.databaseUrl('nx_payment'), max: AT_ONCE });
    const admin = new pg.Client({ connectionString: bench.adminUrl });
    const use = await ProcessorUse.of(bench);
    try {
      await admin.connect();
      await admin.query(`CREATE TABLE public.bench_entry (id text PRIMARY KEY, amount bigint NOT NULL,
        created_at timestamptz NOT NULL)`);
      await admin.query('GRANT USAGE ON SCHEMA public TO nx_payment');
      await admin.query('GRANT INSERT ON public.bench_entry TO nx_payment');
      const post =
        (merchantOf: (number: number) => string): Insert =>
        (number) => ({ name: 'post', text: POST, values: journalValues(number, merchantOf(number)) });
      const raw: Insert = (number) => ({
        name: 'raw',
        text: RAW,
        values: [number.toString().padStart(12, '0'), 120_000, new Date()],
      });
      const uniformly = commits(
        pool,
        post((number) => `m${number % MERCHANTS}`),
      );
      const contestants = [
        {
          what: `journals of ${MERCHANTS} merchants`,
          run: (ms: number) => use.during(() => uniformly(ms), allTheTime),
        },
        {
          what: 'journals of one merchant',
          run: commits(
            pool,
            post(() => 'hot'),
            1_000_000_000,
          ),
        },
        { what: 'one raw insert per commit', run: commits(pool, raw) },
      ];
      const [uniform, hot, floor] = await inTurns(contestants, turns);
      const [uniformName = '', hotName = '', floorName = ''] = contestants.map(({ what }) => what);
      if (uniform === undefined || hot === undefined || floor === undefined) throw new Error('a figure is missing');
      return {
        ledger: { names: [uniformName, floorName], figures: [uniform, floor], spent: use.perUnit() },
        hotAccount: { names: [hotName, uniformName], figures: [hot, uniform] },
      };
    } finally {
      await Promise.all([use.close(), pool.end(), admin.end()]);
      await bench.close();
    }
  },
};

function journalValues(number: number, merchantId: string): string[] {
  const id = `J${number.toString().padStart(12, '0')}`;
  const journal = postPaymentSuccess({
    merchantId,
    currency: 'VND',
    provider: 'VNPAY_GATEWAY',
    method: '300_GATEWAY',
    settlementModel: 'DIRECT',
    attemptId: id,
    providerReference: id,
    appliedMinor: 120_000n,
    suspenseMinor: 0n,
  });
  const numbered: NumberedJournal = { id, journal, merchantId, transactionId: id, attemptId: id, now: Date.now() };
  return [accountRows([numbered]), journalRows([numbered]), entryRows([numbered])].map((rows) => JSON.stringify(rows));
}
