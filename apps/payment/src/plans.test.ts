import { testDatabase, type TestDatabase } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DUE_REMINDERS } from './chargebacks/sweep-reminders';
import { INVARIANTS } from './ledger/broken-invariants';
import { NEWLY_SEALED } from './operations/blocking/watch-invariants';
import { FINDINGS_PAGE } from './operations/findings/finding.repository';
import { TRANSACTION_BY_NAME } from './operations/resolutions/load-transaction';
import { SUSPENSE_WAITING } from './operations/suspense/read-suspense';
import { RECEIVE_IPN } from './ipn/ipn-statement';
import {
  LIST_PAGE,
  LOAD_ACTIVE_BY_SOURCE,
  LOAD_BY_ATTEMPT,
  LOAD_BY_TRANSACTION,
} from './transactions/aggregate-statement';
import { TIMELINE } from './transactions/timeline-statement';
import { CHANGE_PARTS, changeStatement } from './transactions/change-statement';
import { CLAIM_DELIVERY, NEXT_DELIVERY } from './webhooks/delivery-claim';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase({ service: 'payment' });
  client = new pg.Client({
    connectionString: database.urlFor('admin'),
    options: '-c search_path=payment,mq_pay,identity,platform',
  });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('the database', () => {
  /** Rows enough that a scan of a whole table would be dear, a tenth of them waiting, as after an outage. */
  beforeAll(async () => {
    const n = 'FROM generate_series(1, 20000) n';
    const merchant = `'bulk' || n % 100`;
    await client.query(`INSERT INTO "Transaction" (id, uid, merchant_id, source_type, source_id, source_uid, total, currency, status, created_at, modified_at)
      SELECT 't' || n, 't' || n, ${merchant}, 'SaleOrder', 's' || n, 's', 1, 'VND', '304_SETTLED', now() - n * interval '1 min', now() ${n}`);
    await client.query(`INSERT INTO "PaymentAttempt" (id, uid, transaction_id, merchant_id, type, provider, method, amount, status, expires_at, created_at, modified_at)
      SELECT 'a' || n, 'a' || n, 't' || n, ${merchant}, '100_PAYMENT', 'SYSTEM', '000_CASH', 1, '505_CANCELLED', now(), now(), now() ${n}`);
    await client.query(`INSERT INTO "SuspenseItem" (id, merchant_id, provider, provider_reference, attempt_id, amount, currency, reason, created_at, modified_at)
      SELECT 's' || n, ${merchant}, 'BULK', 'r' || n, 'a' || n, 1, 'VND', 'BULK', now(), now() ${n}`);
    await client.query(`INSERT INTO "LedgerJournal" (id, key, kind, merchant_id, transaction_id, currency, effective_date, rules_version, created_at)
      SELECT 'j' || n, 'bulk:' || n, 'PAYMENT_SUCCESS', ${merchant}, 't' || n, 'VND', now(), '1', now() ${n}`);
    await client.query(`INSERT INTO "ChainSeal" (chain, sequence, row_id, checkpoint, content_hash, previous_hash, hash)
      SELECT 'LEDGER', n, 'j' || n, n, 'h', 'h', 'h' ${n}`);
    await client.query(`INSERT INTO "Finding" (id, code, merchant_id, transaction_id, detail, status, created_at, modified_at)
      SELECT 'f' || n, 'C' || n % 20, ${merchant}, 't' || n, 'd', CASE WHEN n % 10 > 0 THEN 'RESOLVED' ELSE 'OPEN' END, now() - n * interval '1 min', now() ${n}`);
    await client.query(`INSERT INTO "Refund" (id, transaction_id, merchant_id, attempt_id, kind, client_reference, amount, currency, reason, status, created_at, modified_at)
      SELECT 'r' || n, 't' || n, ${merchant}, 'a' || n, 'SALE', 'rf', 1, 'VND', 'r', CASE WHEN n % 10 > 0 THEN 'SUCCEEDED' ELSE 'FAILED' END, now(), now() ${n}`);
    await client.query(`INSERT INTO "InvoiceEvent" (event_id, event_type, merchant_id, source_type, source_id, invoice_id, origin, status, invoice_form, invoice_symbol, total, currency, waits_for, occurred_at, received_at)
      SELECT 'v' || n, 'invoice.created', ${merchant}, '001_SALE_ORDER', 's' || n, 'i' || n, '000_ORIGIN', 'PENDING', '1', 'C26MAA', 1, 'VND', '{}', now(), now() ${n}`);
    await client.query(`INSERT INTO "Chargeback" (id, transaction_id, merchant_id, attempt_id, provider, chargeback_reference, amount, currency, reason, status, settlement_model, owner_available, due_at, evidence, outcome_evidence, finished_at, created_at, modified_at)
      SELECT 'c' || n, 't' || n, ${merchant}, 'a' || n, 'BULK', 'c' || n, 1, 'VND', 'r', CASE WHEN n % 10 > 0 THEN 'LOST' ELSE 'OPEN' END, 'DIRECT', 0, now() + n * interval '1 hour', 'e', 'e', now(), now(), now() ${n}`);
    await client.query(`INSERT INTO "ProviderOperation" (id, attempt_id, transaction_id, merchant_id, provider, kind, started_at, finished_at)
      SELECT 'p' || n, 'a' || n, 't' || n, ${merchant}, 'BULK', 'QUERY', now(), CASE WHEN n % 10 > 0 THEN now() END ${n}`);
    await client.query(`INSERT INTO "IpnInbox" (id, provider, event_key, answer, body_sealed, received_at, processed_at, next_try_at)
      SELECT 'i' || n, 'BULK', 'k' || n, 'APPLIED', 'x', now(), CASE WHEN n % 10 > 0 THEN now() END, now() + n * interval '1 hour' ${n}`);
    await client.query(`INSERT INTO "IdempotencyKey" (scope, operation, key, fingerprint, status, http_status)
      SELECT ${merchant}, 'bulk', 'k' || n, 'f', 'DONE', 200 ${n}`);
    await client.query(`INSERT INTO "WebhookConfig" (id, name, url, event_types, status, signing_method, merchant_id, created_at, modified_at)
      SELECT 'w' || n, 'w', 'https://x.vn', '{mq-pay:transaction.settled}', '401_DEACTIVATED', 'NONE', ${merchant}, now(), now() FROM generate_series(1, 2000) n`);
    await client.query(`INSERT INTO "WebhookDelivery" (id, webhook_config_id, event_id, event_type, merchant_id, transaction_id, sequence, body, status, next_try_at, created_at, modified_at)
      SELECT 'd' || n, 'w' || (n % 2000 + 1), 'e' || n, 'x', ${merchant}, 't' || n, 1, '{}', CASE WHEN n % 10 > 0 THEN 'DELIVERED' ELSE 'PENDING' END, now() + n * interval '1 hour', now(), now() ${n}`);
    await client.query(`INSERT INTO "Configuration" (id, code, "group", principal_type, principal_id, environment, lookup_key, status, created_at, modified_at)
      SELECT 'c' || n, 'BULK', '200_INTEGRATION', 'MERCHANT', 'bulk' || n, 'DEVELOPMENT', 'k' || n, '201_ACTIVATED', now(), now() FROM generate_series(1, 2000) n`);
    await client.query('ANALYZE');
  });

  it.each([
    [
      'load by transaction',
      LOAD_BY_TRANSACTION,
      ["'x'"],
      [
        'Transaction_pkey',
        'payment_attempt_transaction',
        'suspense_item_attempt',
        'Refund_transaction_id_client_reference_key',
      ],
    ],
    ['load by attempt', LOAD_BY_ATTEMPT, ["'x'"], ['PaymentAttempt_pkey', 'Transaction_pkey']],
    ['load by source', LOAD_ACTIVE_BY_SOURCE, ["'m'", "'SaleOrder'", "'s'"], ['transaction_(active_source|source)']],
    [
      'list (planned for its values)',
      LIST_PAGE,
      ["'m'", 'NULL', 'NULL', 'NULL', 'NULL', 'NULL', '51'],
      ['transaction_merchant_list'],
    ],
    [
      'change',
      changeStatement('change', CHANGE_PARTS, true),
      [`'{"id":"x","version":2}'`, ...CHANGE_PARTS.map(() => `'[{"id":"x"}]'`), '1'],
      [
        'Transaction_pkey',
        'PaymentAttempt_pkey',
        'ProviderOperation_pkey|provider_operation_open',
        'IpnInbox_pkey',
        'IdempotencyKey_pkey',
      ],
    ],
    [
      'callback',
      RECEIVE_IPN,
      [
        "'i'",
        "'VNPAY_QR_MMS'",
        "'k'",
        "'ATT'",
        'true',
        "'{c}'",
        '1',
        'now()',
        '60000',
        "'b'",
        "'{}'",
        'now()',
        'NULL',
        "'c'",
      ],
      ['PaymentAttempt_uid_key', 'IpnInbox_provider_event_key_key', 'Configuration_pkey'],
    ],
    [
      'claim of a delivery',
      CLAIM_DELIVERY,
      ["'d'", 'now()', "'y'"],
      [
        'WebhookDelivery_pkey',
        'WebhookConfig_pkey',
        'WebhookDelivery_webhook_config_id_transaction_id_sequence_key|WebhookDelivery_.*seq.*|webhook_delivery_transaction',
      ],
    ],
    ['next delivery', NEXT_DELIVERY, ["'c'", "'t'", '1'], ['WebhookDelivery_.*']],
    [
      'due attempts',
      `SELECT id FROM "PaymentAttempt" WHERE next_query_at IS NOT NULL AND next_query_at <= now()
         AND (next_query_at, id) > ('-infinity'::timestamptz, '') ORDER BY next_query_at, id LIMIT 500`,
      [],
      ['payment_attempt_due'],
    ],
    [
      'due callbacks',
      'SELECT id FROM "IpnInbox" WHERE processed_at IS NULL AND next_try_at <= now() ORDER BY next_try_at LIMIT 500',
      [],
      ['ipn_inbox_due'],
    ],
    [
      'due deliveries',
      `SELECT id FROM "WebhookDelivery" WHERE status IN ('PENDING', 'SENDING') AND next_try_at <= now()
         AND (next_try_at, id) > ('-infinity'::timestamptz, '') ORDER BY next_try_at, id LIMIT 500`,
      [],
      ['webhook_delivery_due'],
    ],
    [
      'due suspense',
      `SELECT id FROM "SuspenseItem" WHERE auto_refund_at <= now() AND (auto_refund_at, id) > ('-infinity'::timestamptz, '')
         AND transaction_id IS NOT NULL ORDER BY auto_refund_at, id LIMIT 500`,
      [],
      ['suspense_item_auto_refund'],
    ],
    [
      'list of findings (planned for its values)',
      FINDINGS_PAGE,
      ['NULL', 'NULL', 'NULL', 'NULL', 'NULL', 'NULL', 'NULL', '51'],
      ['finding_list', 'suspense_item_finding'],
    ],
    [
      'list of findings of a merchant (planned for its values)',
      FINDINGS_PAGE,
      ["'OPEN'", 'NULL', "'bulk1'", 'NULL', 'NULL', 'NULL', 'NULL', '51'],
      ['finding_merchant_list|finding_open'],
    ],
    [
      'open findings by code',
      `SELECT code, count(*), min(created_at) FROM "Finding" WHERE status = 'OPEN' GROUP BY code`,
      [],
      ['finding_open'],
    ],
    [
      'list of money in suspense (planned for its values)',
      SUSPENSE_WAITING,
      ['NULL', 'NULL', 'NULL', '51'],
      ['suspense_item_waiting'],
    ],
    [
      'invariants',
      INVARIANTS,
      ["'{t1,t2}'"],
      ['Transaction_pkey', 'payment_attempt_transaction', 'ledger_journal_transaction'],
    ],
    ['newly sealed journals', NEWLY_SEALED, ['1'], ['ChainSeal_pkey', 'LedgerJournal_pkey']],
    [
      'blocked transactions',
      `SELECT min(modified_at) FROM "Transaction" WHERE status = '403_BLOCKED'`,
      [],
      ['transaction_blocked'],
    ],
    ['a transaction by any name', TRANSACTION_BY_NAME, ["'TXN1'"], ['Transaction_uid_key', 'PaymentAttempt_uid_key']],
    [
      'timeline',
      TIMELINE,
      ["'t1'", "'n'", "'p'", 'NULL', 'NULL', '201'],
      [
        'outbox_aggregate|Outbox_.*aggregate_id.*',
        'provider_operation_transaction',
        'ipn_inbox_transaction',
        'ledger_journal_transaction',
        'finding_transaction',
        'Refund_transaction_id_client_reference_key',
        'payment_attempt_transaction',
        'chargeback_transaction',
        'invoice_event_source',
      ],
    ],
    ['reminders of chargebacks', DUE_REMINDERS, ['now()', "'-infinity'", "''"], ['chargeback_unfinished']],
    ['failed refunds', `SELECT min(created_at) FROM "Refund" WHERE status = 'FAILED'`, [], ['refund_unfinished']],
    [
      'unknown outcomes',
      `SELECT min(created_at) FROM "PaymentAttempt" WHERE status = '000_UNKNOWN' AND type = '100_PAYMENT'`,
      [],
      ['payment_attempt_unknown'],
    ],
  ] as const)('answers %s by its indexes', async (name, sql, parameters, indexes) => {
    const plan = await explain(sql, parameters, name.startsWith('list') ? 'force_custom_plan' : 'force_generic_plan');
    for (const index of indexes) expect(plan).toMatch(new RegExp(`"(${index})"`));
    for (const table of [
      'Finding',
      'Refund',
      'SuspenseItem',
      'Transaction',
      'PaymentAttempt',
      'WebhookDelivery',
      'IpnInbox',
      'ProviderOperation',
      'InvoiceEvent',
      'Chargeback',
    ]) {
      expect(plan, `no scan of the whole ${table}`).not.toMatch(
        new RegExp(`"Node Type":"Seq Scan"[^{}]*"Relation Name":"${table}"`),
      );
    }
  });

  /** Named statements get a generic plan in a busy process. */
  const explain = async (sql: string, parameters: readonly string[], plan: string): Promise<string> => {
    await client.query('BEGIN');
    try {
      await client.query('SET LOCAL plan_cache_mode = ' + plan);
      await client.query(`PREPARE planned AS ${sql}`);
      const call = parameters.length === 0 ? '' : `(${parameters.join(', ')})`;
      const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(`EXPLAIN (FORMAT JSON) EXECUTE planned${call}`);
      return JSON.stringify(rows[0]?.['QUERY PLAN']);
    } finally {
      await client.query('ROLLBACK');
      await client.query('DEALLOCATE ALL');
    }
  };
});
