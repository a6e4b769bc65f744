import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';

interface Backlog {
  count: string;
  age: number;
}

/** What waits too long, read from the tables when the metrics are. Each query is answered by a partial index. */
const BACKLOGS: readonly { readonly name: string; readonly help: string; readonly sql: string }[] = [
  {
    name: 'payment_unknown_outcomes',
    help: 'Attempts whose outcome nobody has proven',
    sql: `SELECT count(*) AS count, min(created_at) AS oldest FROM "PaymentAttempt" WHERE status = '000_UNKNOWN' AND type = '100_PAYMENT'`,
  },
  {
    name: 'payment_refunds_unknown',
    help: 'Refunds whose outcome nobody has proven',
    sql: `SELECT count(*) AS count, min(created_at) AS oldest FROM "Refund" WHERE status = 'UNKNOWN'`,
  },
  {
    name: 'payment_refunds_failed',
    help: 'Refunds that have failed and were not tried again',
    sql: `SELECT count(*) AS count, min(created_at) AS oldest FROM "Refund" WHERE status = 'FAILED'`,
  },
  {
    name: 'payment_chargebacks_open',
    help: 'Contested payments that the provider has not decided',
    sql: `SELECT count(*) AS count, min(created_at) AS oldest FROM "Chargeback" WHERE status IN ('OPEN', 'SUBMITTED')`,
  },
  {
    name: 'payment_ipn_pending',
    help: 'Callbacks that are stored and not applied yet',
    sql: 'SELECT count(*) AS count, min(received_at) AS oldest FROM "IpnInbox" WHERE processed_at IS NULL',
  },
  {
    name: 'payment_webhooks_pending',
    help: 'Webhook deliveries that are on their way or wait for a retry',
    sql: `SELECT count(*) AS count, min(created_at) AS oldest FROM "WebhookDelivery" WHERE status IN ('PENDING', 'SENDING')`,
  },
  {
    name: 'payment_webhook_subscribers_failing',
    help: 'Subscribers whose deliveries die without an answer; their next 2xx sends those again',
    sql: `SELECT count(*) AS count, min(failing_since) AS oldest FROM "WebhookConfig" WHERE failing_since IS NOT NULL AND deleted_at IS NULL`,
  },
  {
    name: 'payment_transactions_blocked',
    help: 'Transactions that are blocked',
    sql: `SELECT count(*) AS count, min(modified_at) AS oldest FROM "Transaction" WHERE status = '403_BLOCKED'`,
  },
  {
    name: 'payment_findings_open',
    help: 'Findings that no person has closed',
    sql: `SELECT count(*) AS count, min(created_at) AS oldest FROM "Finding" WHERE status = 'OPEN'`,
  },
  {
    name: 'payment_ledger_unsealed',
    help: 'Journals that have no seal in the hash chain yet',
    sql: `SELECT count(*) AS count, min(created_at) AS oldest FROM "LedgerJournal" j WHERE written_in >= coalesce(
      (SELECT sealed_to FROM "ChainCheckpoint" WHERE chain = 'LEDGER' ORDER BY number DESC LIMIT 1), '0')
      AND NOT EXISTS (SELECT 1 FROM "ChainSeal" s WHERE s.chain = 'LEDGER' AND s.row_id = j.id)`,
  },
];

const FINDINGS_BY_CODE = `SELECT code, count(*) AS count,
  coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS age FROM "Finding" WHERE status = 'OPEN' GROUP BY code`;

/** Gauges of the work that waits: how much, and for how long the oldest has. */
@Injectable()
export class PaymentMetrics implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    for (const { name, help, sql } of BACKLOGS) {
      const read = readTogether(() =>
        this.database.query<Backlog>(
          `SELECT count, coalesce(extract(epoch FROM now() - oldest), 0)::float8 AS age FROM (${sql}) backlog`,
        ),
      );
      this.metrics.gauge(name, help, [], async (gauge) => gauge.set(Number((await read())[0]?.count ?? 0)));
      this.metrics.gauge(`${name}_age_seconds`, `Age of the oldest: ${help}`, [], async (gauge) =>
        gauge.set((await read())[0]?.age ?? 0),
      );
    }
    this.countFindings();
  }

  /** A code of which nothing is open any more vanishes from the metrics. */
  private countFindings(): void {
    const read = readTogether(() => this.database.query<Backlog & { code: string }>(FINDINGS_BY_CODE));
    const help = 'Findings of a code that no person has closed';
    this.metrics.gauge('payment_findings_by_code', help, ['code'], async (gauge) => {
      const rows = await read();
      gauge.reset();
      for (const { code, count } of rows) gauge.set({ code }, Number(count));
    });
    const ageHelp = 'Age of the oldest open finding of a code';
    this.metrics.gauge('payment_findings_age_seconds', ageHelp, ['code'], async (gauge) => {
      const rows = await read();
      gauge.reset();
      for (const { code, age } of rows) gauge.set({ code }, age);
    });
  }
}

/** One question for all gauges that are read at the same time. */
function readTogether<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return asked;
  };
}
