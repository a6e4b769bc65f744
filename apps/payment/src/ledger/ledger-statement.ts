/**
 * Writes journals with their accounts and entries, as parts of a bigger statement. Each part reads from `guard` and
 * from one JSON parameter, so that nothing is written when the guard gives no row.
 */
export const LEDGER_PARTS = {
  accounts: (rows: string): string => `accounts AS (
  INSERT INTO "LedgerAccount" (id, type, merchant_id, provider, reason, currency, normal_side)
  SELECT n.id, n.type, n.merchant_id, n.provider, n.reason, n.currency, n.normal_side
  FROM guard, jsonb_populate_recordset(NULL::"LedgerAccount", ${rows}::jsonb) n
  ON CONFLICT (id) DO NOTHING
)`,
  journals: (rows: string): string => `journals AS (
  INSERT INTO "LedgerJournal" (id, key, kind, merchant_id, transaction_id, attempt_id, currency, effective_date,
    rules_version, reverses_journal_id, created_at)
  SELECT n.id, n.key, n.kind, n.merchant_id, n.transaction_id, n.attempt_id, n.currency, n.effective_date,
    n.rules_version, n.reverses_journal_id, n.created_at
  FROM guard, jsonb_populate_recordset(NULL::"LedgerJournal", ${rows}::jsonb) n
)`,
  entries: (rows: string): string => `entries AS (
  INSERT INTO "LedgerEntry" (journal_id, line, account_id, side, amount, currency, created_at)
  SELECT n.journal_id, n.line, n.account_id, n.side, n.amount, n.currency, n.created_at
  FROM guard, jsonb_populate_recordset(NULL::"LedgerEntry", ${rows}::jsonb) n
)`,
} as const;
