import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, usageOf } from '@nx/ops';
import { repositoryRoot, testDatabase, testEnvironment, type TestDatabase } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appOf, opsEnvironment } from '../../../../../tools/ops.mjs';
import { openDatabase } from '../../ledger/chain/chain-world.fixture';
import { writeJournal } from '../../ledger/write-journal';
import { sale } from '../../ledger/chain/chain-world.fixture';
import { COMMANDS } from './commands';

let database: TestDatabase;
let admin: pg.Client;
let environment: Record<string, string>;
beforeAll(async () => {
  database = await testDatabase({ service: 'payment' });
  admin = new pg.Client({
    connectionString: database.urlFor('admin'),
    options: '-c search_path=payment,mq_pay,identity,platform',
  });
  await admin.connect();
  await admin.query(`INSERT INTO "Transaction" (id, uid, merchant_id, source_type, source_id, source_uid, total, open_amount, currency, status, created_at, modified_at)
    VALUES ('t1', 'TXN1', 'm1', 'SaleOrder', 's1', 'SO1', 100000, 100000, 'VND', '100_NEW', now(), now())`);
  await admin.query(`INSERT INTO "PaymentAttempt" (id, uid, transaction_id, merchant_id, type, provider, method, amount, status, reason, expires_at, finished_at, created_at, modified_at)
    VALUES ('a1', 'ATT1', 't1', 'm1', '100_PAYMENT', 'VNPAY_QR_MMS', '100_QR_CODE', 100000, '000_UNKNOWN', 'TIMEOUT', now(), NULL, now(), now()),
           ('a2', 'ATT2', 't1', 'm1', '100_PAYMENT', 'VNPAY_QR_MMS', '100_QR_CODE', 100000, '500_FAIL', 'REFUSED', now(), now(), now(), now())`);
  await admin.query(`INSERT INTO "WebhookConfig" (id, name, url, event_types, status, signing_method, merchant_id, created_at, modified_at)
    VALUES ('w1', 'sale', 'https://x.vn', '{x}', '201_ACTIVATED', 'NONE', 'm1', now(), now())`);
  await admin.query(`INSERT INTO "WebhookDelivery" (id, webhook_config_id, event_id, event_type, merchant_id, transaction_id, sequence, body, status, tries, last_error, death, created_at, modified_at)
    VALUES ('d1', 'w1', 'e1', 'mq-pay:attempt.failed', 'm1', 't1', 1, '{}', 'DEAD', 4, 'status 403', 'FINAL', now(), now())`);
  const writing = openDatabase(database, 'commands-test');
  const journal = sale('k1', 'm1', 70_000);
  await writing.transaction((tx) =>
    writeJournal(tx, { id: 'j1', journal, merchantId: 'm1', transactionId: 't1', attemptId: 'a1', now: 0 }),
  );
  await writing.stop();
  environment = testEnvironment('payment', {
    database,
    redisUrl: 'redis://127.0.0.1:9',
    kafkaBrokers: ['127.0.0.1:9'],
    prefix: 'ops',
    extra: { APP_ENV_APPLICATION_SECRET: 'a-secret-of-the-tests-with-more-than-32-characters' },
  });
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** The entry as a process of its own, as `node dist/apps/payment/ops.js` starts it. */
const asProcess = (args: readonly string[], env = environment): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: repositoryRoot(), env: { PATH: process.env['PATH'] ?? '', ...env } };
    execFile(
      process.execPath,
      ['--import', 'tsx', 'apps/payment/src/ops.ts', ...args],
      options,
      (failure, out, error) => {
        resolve({ code: failure === null ? 0 : Number(failure.code), out, error });
      },
    );
  });

/** The command in this process. */
const inside = async (...args: string[]): Promise<Ended> => {
  const lines: Record<'out' | 'error', string[]> = { out: [], error: [] };
  const reading = openDatabase(database, 'commands-test');
  const output = {
    out: (line: string) => void lines.out.push(line),
    error: (line: string) => void lines.error.push(line),
  };
  const code = await runCommand(args, output, {
    commands: COMMANDS,
    open: () => ({
      database: reading,
      now: Date.UTC(2126, 0, 1),
      service: () => Promise.reject(new Error('not called')),
    }),
  });
  await reading.stop();
  return { code, out: lines.out.join('\n'), error: lines.error.join('\n') };
};

describe('the entry', () => {
  it('verifies the ledger', { timeout: 60_000 }, async () => {
    const ended = await asProcess(['ledger', 'verify']);
    expect(ended).toMatchObject({ code: 0, error: '' });
    expect(ended.out).toContain('LEDGER: in order; 0 rows, 0 entries, 0 checkpoints, 1 not sealed yet');
    expect(ended.out).toContain('AUDIT: in order');
  });

  it('says why, for machines too', { timeout: 60_000 }, async () => {
    const ended = await asProcess(['why', 'ATT1', '--json']);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.out)).toMatchObject({
      payments: [
        {
          transactionId: 't1',
          guards: [expect.stringMatching(/^Open amount/), expect.stringMatching(/^Unknown outcome: ATT1/)],
        },
      ],
    });
  });

  it('refuses what it does not know', { timeout: 60_000 }, async () => {
    expect(await asProcess(['ledger', 'burn'], {})).toMatchObject({
      code: 2,
      out: '',
      error: expect.stringContaining('there is no command ledger burn'),
    });
  });

  it('says what its environment lacks', { timeout: 60_000 }, async () => {
    expect(await asProcess(['ledger', 'verify'], {})).toMatchObject({
      code: 3,
      error: expect.stringContaining('APP_ENV'),
    });
  });
});

describe('usage', () => {
  it.each([
    [[], 2],
    [['--help'], 0],
    [['ledger'], 2],
    [['why'], 2],
    [['why', 'a', 'b'], 2],
    [['ledger', 'verify', '--fast'], 2],
    [['ledger', 'verify', '--anchor=1'], 2],
    [['ledger', 'verify', `--anchor=1:${'0'.repeat(64)}`], 1],
    [['ledger', 'verify', `--audit-anchor=1:${'0'.repeat(64)}`], 1],
    [['query-failed-transactions'], 2],
    [['query-failed-transactions', '--last-hour', '--last-24h'], 2],
  ] as const)('%j ends with %i', async (args, code) => {
    expect((await inside(...args)).code).toBe(code);
  });

  it.each(COMMANDS)('of $name is explained', async (command) => {
    const ended = await inside(...command.name.split(' '), '--help');
    expect(ended).toMatchObject({ code: 0, out: `${usageOf(command)} [--json]\n  ${command.about}` });
  });

  it('of every command stands in the guide, and every command of guide and runbooks exists', () => {
    const guide = readFileSync(join(repositoryRoot(), 'docs/guides/operate.md'), 'utf8');
    const runbook = readFileSync(join(repositoryRoot(), 'docs/runbooks/ledger-verify-failed.md'), 'utf8');
    for (const { usage } of COMMANDS) expect(guide).toContain(`\`${usage.replaceAll('|', '\\|')}\``);
    const named = [...`${guide}\n${runbook}`.matchAll(/npm run ops -- ([a-z][a-z -]*[a-z])/g)].map(
      ([, words = '']) => words,
    );
    expect(named.length).toBeGreaterThan(3);
    const unknown = named.filter(
      (words) => !COMMANDS.some(({ name }) => words === name || words.startsWith(`${name} `)),
    );
    expect(unknown).toEqual([]);
  });
});

describe('lists', () => {
  it.each([
    [['find-stuck-transactions'], /UNKNOWN_OUTCOME +ATT1 +t1 .*VNPAY_QR_MMS TIMEOUT; the schedule is used up/],
    [['webhooks', 'list-dead'], /d1 +sale +mq-pay:attempt.failed +t1 +4 +FINAL +status 403/],
    [['why', 'nobody'], /Nothing here is called nobody\./],
  ] as const)('%j finds something', async (args, line) => {
    const ended = await inside(...args);
    expect(ended.code).toBe(1);
    expect(ended.out).toMatch(line);
  });

  it('of failures end with the hour', async () => {
    expect(await inside('query-failed-transactions', '--last-hour')).toMatchObject({
      code: 0,
      out: 'no attempt failed',
    });
    const recent = await asProcess(['query-failed-transactions', '--last-24h']);
    expect(recent).toMatchObject({
      code: 1,
      out: expect.stringMatching(/ATT2 +t1 +m1 +VNPAY_QR_MMS +100\.000 ₫ +REFUSED/),
    });
  });

  it.each(['t1', 'TXN1', 'a1', 'ATT2', 's1'])('why finds the payment by %s', async (name) => {
    expect((await inside('why', name)).out).toContain('Transaction TXN1 (t1)');
  });
});

describe('ledger balance', () => {
  it('shows each account and that debits are credits', async () => {
    const ended = await inside('ledger', 'balance');
    expect(ended.code).toBe(0);
    expect(ended.out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'account | debit | credit | balance',
      expect.stringMatching(/^-/),
      expect.stringMatching(/^CASH_DRAWER.* \| 70\.000 ₫ \| 0 ₫ \| 70\.000 ₫$/),
      expect.stringMatching(/^MERCHANT_OWN.* \| 0 ₫ \| 70\.000 ₫ \| 70\.000 ₫$/),
      'total VND | 70.000 ₫ | 70.000 ₫ | 0 ₫',
    ]);
  });

  it('of a merchant holds his accounts alone', async () => {
    const ended = await inside('ledger', 'balance', '--merchant=m2', '--json');
    expect(JSON.parse(ended.out)).toEqual({ ok: true, merchant: 'm2', accounts: [], totals: [] });
  });
});

describe('the dispatcher', () => {
  it('takes the environment that is there, else the one of this clone, else none', () => {
    const given = { APP_ENV_POSTGRES_URL: 'postgres://x' };
    expect(opsEnvironment(given, null)).toBe(given);
    expect(opsEnvironment({}, null)).toBeNull();
    const local = opsEnvironment(
      {},
      { postgresAdminUrl: 'postgres://admin:p@127.0.0.1:5/postgres', redisUrl: 'redis://r', kafkaBrokers: 'k:1' },
    );
    expect(local?.['APP_ENV_POSTGRES_URL']).toMatch(/^postgres:\/\/nx_payment:.+@127\.0\.0\.1:5\/nx_seller$/);
  });

  it('gives each app its commands, its database role and its address', () => {
    expect([['why', 'x'], ['invoice', 'show'], ['repartition'], ['cdc', 'resync'], []].map(appOf)).toEqual([
      'payment',
      'invoice',
      'invoice',
      'invoice',
      'payment',
    ]);
    const infra = {
      postgresAdminUrl: 'postgres://admin:p@127.0.0.1:5/postgres',
      redisUrl: 'redis://r',
      kafkaBrokers: 'k:1',
    };
    const invoice = opsEnvironment({ APP_ENV_OPERATOR_TOKEN_FILE: '/t' }, infra, 'invoice', { invoice: 'http://h:7' });
    expect(invoice).toMatchObject({ APP_ENV_OPERATOR_URL: 'http://h:7', APP_ENV_OPERATOR_TOKEN_FILE: '/t' });
    expect(invoice?.['APP_ENV_POSTGRES_URL']).toMatch(/^postgres:\/\/nx_invoice:/);
  });
});
