import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '@nx/testing';
import { FAULT_NAMES } from '../../tools/chaos/fault-kinds';
import { judge } from '../../tools/chaos/oracle/judge';
import { databaseUrl } from '../../tools/chaos/record';
import { text } from '../../tools/chaos/report';
import { runDrill, type Drill, type Report } from '../../tools/chaos/run';

const LONG = process.env['TEST_LONG'] === '1';
const MINUTE = 60_000;

async function drill(seed: string, minutes: number, afterwards?: (drill: Drill) => Promise<void>): Promise<Report> {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  return runDrill({
    seed,
    minutes,
    replicas: LONG ? 3 : 2,
    faults: FAULT_NAMES,
    logFolder: join(repositoryRoot(), '.local', 'test', 'chaos', seed),
    progress: { say: () => undefined, now: () => undefined },
    stop: stopping.signal,
    ...(afterwards === undefined ? {} : { afterwards }),
  });
}

/** Money that nobody was told of, a payment booked twice, and a notification that is gone. */
async function tamper({ stage, shop }: Drill): Promise<void> {
  const { merchantCode } = shop.merchant.qr;
  const stray = { txnId: 'NOBODYKNOWS1', merchantCode, amount: 5_000, withoutQr: true, callback: 'hold' };
  await shop.sandbox.post('/vnpay/qr-mms/buyers/pay', stray);
  const client = new pg.Client({ connectionString: databaseUrl(stage.servers.postgresUrl) });
  await client.connect();
  try {
    await client.query(
      `BEGIN;
       CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM mq_pay."LedgerJournal"
         WHERE kind = 'PAYMENT_SUCCESS' AND key !~ ':cash' ORDER BY id LIMIT 1;
       INSERT INTO mq_pay."LedgerJournal" (id, key, kind, merchant_id, transaction_id, attempt_id, currency, effective_date, rules_version, created_at)
         SELECT 'again', 'again:' || key, kind, merchant_id, transaction_id, attempt_id, currency, effective_date, rules_version, created_at FROM copied;
       INSERT INTO mq_pay."LedgerEntry" SELECT 'again', line, account_id, side, amount, e.currency, e.created_at
         FROM mq_pay."LedgerEntry" e JOIN copied ON copied.id = e.journal_id;
       DELETE FROM signal."ActivityNotification" WHERE id =
         (SELECT min(id) FROM signal."ActivityNotification" WHERE type = 'PAYMENT_SUCCESS');
       COMMIT`,
    );
  } finally {
    await client.end();
  }
}

describe('npm run chaos', () => {
  it(
    'ends a minute of everything clean, and finds what was tampered with afterwards',
    async () => {
      let tampered: string[] = [];
      const report = await drill('a-minute', 1, async (standing) => {
        await tamper(standing);
        const { offences } = judge(await standing.oracle.look());
        tampered = offences.map(({ kind, what }) => `${kind} ${what}`);
      });
      expect(report.verdict, text(report)).toMatchObject({ clean: true, lost: 0, duplicated: 0, unexplained: 0 });
      expect(report.counts['settled']).toBeGreaterThan(20);
      expect(new Set(report.injected.map(({ plan }) => plan.kind)).size).toBeGreaterThan(7);
      for (const sentence of [
        'LOST the provider took 5000 ₫, and no journal tells of it',
        'DUPLICATED taken once, booked 2 times',
        'UNEXPLAINED the ledger says that it owes us',
        'LOST settled, and',
        'BROKEN',
      ])
        expect(tampered).toContainEqual(expect.stringContaining(sentence));
    },
    8 * MINUTE,
  );

  it.runIf(LONG).each(Array.from({ length: 10 }, (_, n) => `seed-${n + 1}`))(
    'ends three minutes of %s clean',
    async (seed) => {
      const report = await drill(seed, 3);
      expect(report.verdict, text(report)).toMatchObject({ clean: true });
    },
    15 * MINUTE,
  );

  it.runIf(LONG)(
    'ends ten minutes clean',
    async () => {
      const report = await drill('ten-minutes', 10);
      expect(report.verdict, text(report)).toMatchObject({ clean: true });
    },
    30 * MINUTE,
  );
});
