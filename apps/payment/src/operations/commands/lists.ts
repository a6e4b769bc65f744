import { type Command, table, UsageError } from '@nx/ops';
import { OVERDUE_MS } from '../why/explain-attempt';
import { amountText, iso } from '../why/sentence';

/** Rows of a list; the command says how many more there are. */
const MOST = 200;

interface StuckRow {
  kind: string;
  id: string;
  transaction: string | null;
  since: Date;
  detail: string;
}

/** $1 what was due by then and is still due counts as taken by nobody. */
const STUCK = `
SELECT * FROM (
  SELECT 'UNKNOWN_OUTCOME' AS kind, uid AS id, transaction_id AS transaction, created_at AS since,
    provider || ' ' || coalesce(reason, '') || CASE WHEN next_query_at IS NULL THEN '; the schedule is used up' ELSE '' END AS detail
  FROM "PaymentAttempt" WHERE status = '000_UNKNOWN'
  UNION ALL SELECT 'ATTEMPT_NOT_LOOKED_AT', uid, transaction_id, next_query_at, provider || ' ' || status
  FROM "PaymentAttempt" WHERE next_query_at < $1
  UNION ALL SELECT 'CALLBACK_NOT_APPLIED', id, transaction_id, received_at, coalesce(last_error, 'no worker took it')
  FROM "IpnInbox" WHERE processed_at IS NULL AND received_at < $1
  UNION ALL SELECT 'CALL_WITHOUT_END', attempt_id, transaction_id, started_at, provider || ' ' || kind
  FROM "ProviderOperation" WHERE finished_at IS NULL AND started_at < $1
  UNION ALL SELECT 'DELIVERY_NOT_TAKEN', id, transaction_id, next_try_at, event_type
  FROM "WebhookDelivery" WHERE status IN ('PENDING', 'SENDING') AND next_try_at < $1
) stuck ORDER BY since LIMIT ${MOST}`;

export const FIND_STUCK: Command = {
  name: 'find-stuck-transactions',
  usage: 'find-stuck-transactions',
  about: 'lists outcomes that nobody has proven and due work that no worker takes',
  options: {},
  positionals: 0,
  run: async ({ database, now }) => {
    const rows = await database.query<StuckRow>(STUCK, [new Date(now - OVERDUE_MS)]);
    const cells = rows.map(({ kind, id, transaction, since, detail }) => [
      kind,
      id,
      transaction ?? '',
      iso(since.getTime()),
      detail.trim(),
    ]);
    return {
      finding: rows.length > 0,
      json: { stuck: rows },
      lines: rows.length === 0 ? ['nothing is stuck'] : table(['what', 'id', 'transaction', 'since', 'detail'], cells),
    };
  },
};

interface FailedRow {
  attempt: string;
  transaction: string;
  merchant: string;
  provider: string;
  status: string;
  reason: string | null;
  amount: string;
  currency: string;
  finished: Date;
}

const FAILED = `
SELECT a.uid AS attempt, a.transaction_id AS transaction, a.merchant_id AS merchant, a.provider, a.status, a.reason,
  a.amount::text AS amount, t.currency, a.finished_at AS finished
FROM "PaymentAttempt" a JOIN "Transaction" t ON t.id = a.transaction_id
WHERE a.type = '100_PAYMENT' AND a.status = '500_FAIL' AND a.finished_at >= $1
ORDER BY a.finished_at DESC LIMIT ${MOST}`;

export const QUERY_FAILED: Command = {
  name: 'query-failed-transactions',
  usage: 'query-failed-transactions --last-hour | --last-24h',
  about: 'lists attempts that failed, the newest first',
  options: { 'last-hour': { type: 'boolean' }, 'last-24h': { type: 'boolean' } },
  positionals: 0,
  run: async ({ database, now }, { values }) => {
    if ((values['last-hour'] === true) === (values['last-24h'] === true)) {
      throw new UsageError('either --last-hour or --last-24h');
    }
    const hours = values['last-hour'] === true ? 1 : 24;
    const rows = await database.query<FailedRow>(FAILED, [new Date(now - hours * 3_600_000)]);
    const cells = rows.map((row) => [
      iso(row.finished.getTime()),
      row.attempt,
      row.transaction,
      row.merchant,
      row.provider,
      amountText(BigInt(row.amount), row.currency),
      row.reason ?? '',
    ]);
    const heads = ['finished', 'attempt', 'transaction', 'merchant', 'provider', 'amount', 'reason'];
    return {
      finding: rows.length > 0,
      json: { failed: rows },
      lines: rows.length === 0 ? ['no attempt failed'] : table(heads, cells, new Set([5])),
    };
  },
};

interface DeadRow {
  id: string;
  subscriber: string;
  event: string;
  transaction: string;
  tries: number;
  death: string | null;
  error: string | null;
  died: Date;
}

const DEAD = `
SELECT d.id, c.name AS subscriber, d.event_type AS event, d.transaction_id AS transaction, d.tries, d.death,
  d.last_error AS error, d.modified_at AS died
FROM "WebhookDelivery" d JOIN "WebhookConfig" c ON c.id = d.webhook_config_id
WHERE d.status = 'DEAD' ORDER BY d.modified_at DESC, d.id DESC LIMIT ${MOST}`;

export const WEBHOOKS_DEAD: Command = {
  name: 'webhooks list-dead',
  usage: 'webhooks list-dead',
  about: 'lists dead webhook deliveries, the newest first',
  options: {},
  positionals: 0,
  run: async ({ database }) => {
    const rows = await database.query<DeadRow>(DEAD);
    const cells = rows.map((row) => [
      iso(row.died.getTime()),
      row.id,
      row.subscriber,
      row.event,
      row.transaction,
      String(row.tries),
      row.death ?? '',
      row.error ?? '',
    ]);
    const heads = ['died', 'delivery', 'subscriber', 'event', 'transaction', 'tries', 'death', 'error'];
    return {
      finding: rows.length > 0,
      json: { dead: rows },
      lines: rows.length === 0 ? ['no delivery is dead'] : table(heads, cells, new Set([5])),
    };
  },
};
