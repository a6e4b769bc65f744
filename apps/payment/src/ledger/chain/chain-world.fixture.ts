import { PostgresConfig } from '@nx/config';
import type { JournalDraft } from '@nx/mq-pay';
import { Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { eventually, testDatabase, type TestDatabase } from '@nx/testing';
import pg from 'pg';
import { writeJournal } from '../write-journal';
import { AUDIT, CHAIN_BOOKS, LEDGER, type ChainBook, type Reader } from './chain-book';
import { sealBatch } from './seal-batch';
import { verifyChain, type ChainReport, type VerifyOptions } from './verify-chain';

export const NOW = Date.UTC(2026, 10, 21, 3);

/** A payment of `amount` to merchant `m`, as the posting rules write it. */
export const sale = (key: string, merchant: string, amount: number): JournalDraft => ({
  kind: 'PAYMENT_SUCCESS',
  key,
  rulesVersion: 'test',
  currency: 'VND',
  entries: [
    { account: { type: 'CASH_DRAWER', merchantId: merchant }, side: 'DEBIT', amountMinor: BigInt(amount) },
    { account: { type: 'MERCHANT_OWN', merchantId: merchant }, side: 'CREDIT', amountMinor: BigInt(amount) },
  ],
});

/** A database with the service's role for the work and a superuser for what nobody should be able to do. */
export class ChainWorld {
  private constructor(
    readonly test: TestDatabase,
    readonly database: Database,
    readonly admin: pg.Client,
  ) {}

  static async start(): Promise<ChainWorld> {
    const test = await testDatabase({ service: 'payment' });
    const admin = new pg.Client({
      connectionString: test.urlFor('admin'),
      options: '-c search_path=payment,mq_pay,identity,platform',
    });
    admin.on('error', () => undefined);
    await admin.connect();
    return new ChainWorld(test, openDatabase(test, 'chain-world'), admin);
  }

  async stop(): Promise<void> {
    await this.database.stop();
    await this.admin.end();
    await this.test.drop();
  }

  journal(tx: Tx, id: string, merchant = 'm1', amount = 1000): Promise<void> {
    const journal = sale(`attempt:${id}:success:1`, merchant, amount);
    return writeJournal(tx, { id, journal, merchantId: merchant, transactionId: 't', attemptId: id, now: NOW });
  }

  async audit(id: string): Promise<void> {
    await this.database.execute(
      `INSERT INTO "AuditTrail" (id, actor_id, action, entity_type, entity_id, after, created_at)
       VALUES ($1, 'u', 'UPDATE', 'Configuration', 'c', '{"status":"ACTIVE"}', $2)`,
      [id, new Date(NOW)],
    );
  }

  /** One round of a sealer without a lease; gives how many rows were sealed. */
  async seal(book: ChainBook = LEDGER, limit = 500, database = this.database): Promise<number> {
    const options = { limit, now: NOW, fencingToken: '1' };
    const checkpoint = await database.transaction((tx) => sealBatch(tx, book, options));
    return checkpoint?.rows ?? 0;
  }

  /** Until nothing waits: transactions of other databases of the server hold the horizon back for a moment. */
  async sealAll(limit = 500): Promise<void> {
    for (const book of CHAIN_BOOKS) {
      await eventually(async () => {
        while ((await this.seal(book, limit)) > 0);
        return (await this.verify(book)).unsealed === 0;
      });
    }
  }

  /** Without a snapshot that holds for longer than a statement, as the command does it. */
  verify(book: ChainBook = LEDGER, options: VerifyOptions = {}): Promise<ChainReport> {
    return verifyChain(this.database, book, options);
  }

  /** Findings of both chains after `work` of the superuser, who has switched the triggers off; all is undone. */
  async tampered(work: (reader: Reader) => Promise<unknown>, step?: VerifyOptions['step']): Promise<string[]> {
    const options = step === undefined ? {} : { step };
    const reader: Reader = { query: async (sql, params) => (await this.admin.query(sql, [...(params ?? [])])).rows };
    await this.admin.query('BEGIN');
    try {
      for (const table of TABLES) await this.admin.query(`ALTER TABLE "${table}" DISABLE TRIGGER ALL`);
      await work(reader);
      const reports = [await verifyChain(reader, LEDGER, options), await verifyChain(reader, AUDIT, options)];
      return reports.flatMap(({ findings }) => findings.map(({ code, subject }) => `${code} ${subject}`));
    } finally {
      await this.admin.query('ROLLBACK');
    }
  }
}

export const TABLES = [
  'LedgerAccount',
  'LedgerJournal',
  'LedgerEntry',
  'AuditTrail',
  'ChainSeal',
  'ChainCheckpoint',
  'LedgerBalance',
] as const;

export const openDatabase = (test: TestDatabase, applicationName: string, poolMax = 10): Database => {
  const postgres = Object.assign(new PostgresConfig(), {
    url: test.urlFor('runtime'),
    poolMax,
    poolMin: 0,
    connectTimeoutMs: 10_000,
    idleMs: 10_000,
    maxLifetimeMs: 600_000,
    leakMs: 60_000,
  });
  const logger = Logger.create({ service: 'payment', mode: 'test', level: 'silent' });
  return new Database({ postgres, applicationName, logger });
};
