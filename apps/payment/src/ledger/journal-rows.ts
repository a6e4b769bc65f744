import { ACCOUNT_RULES, accountCode, type JournalDraft } from '@nx/mq-pay';

/** A journal of the posting rules with what the database adds. `now` in ms. */
export interface NumberedJournal {
  readonly id: string;
  readonly journal: JournalDraft;
  readonly merchantId: string;
  readonly transactionId: string | null;
  readonly attemptId: string | null;
  readonly now: number;
}

/** The calendar day of Viet Nam on which a journal takes effect, as `yyyy-mm-dd`. */
const effectiveDate = (now: number): string => new Date(now + 7 * 3_600_000).toISOString().slice(0, 10);

/** An account is named by what it is kept per, so that writing to it needs no look-up. */
const accountId = (journal: JournalDraft, index: number): string => {
  const entry = journal.entries[index];
  return entry === undefined ? '' : `${accountCode(entry.account)}|${journal.currency}`;
};

/** Rows of "LedgerAccount", each once, in one order for everybody, so that two writers cannot wait for each other. */
export const accountRows = (journals: readonly NumberedJournal[]): object[] => {
  const rows = new Map<string, object>();
  for (const { journal } of journals) {
    for (const [index, { account }] of journal.entries.entries()) {
      const id = accountId(journal, index);
      rows.set(id, {
        id,
        type: account.type,
        merchant_id: account.merchantId ?? null,
        provider: account.provider ?? null,
        reason: account.reason ?? null,
        currency: journal.currency,
        normal_side: ACCOUNT_RULES[account.type].normalSide,
      });
    }
  }
  return [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
};

/** Rows of "LedgerJournal". */
export const journalRows = (journals: readonly NumberedJournal[]): object[] =>
  journals.map(({ id, journal, merchantId, transactionId, attemptId, now }) => ({
    id,
    key: journal.key,
    kind: journal.kind,
    merchant_id: merchantId,
    transaction_id: transactionId,
    attempt_id: attemptId,
    currency: journal.currency,
    effective_date: effectiveDate(now),
    rules_version: journal.rulesVersion,
    reverses_journal_id: journal.reversesJournalId ?? null,
    created_at: new Date(now).toISOString(),
  }));

/** Rows of "LedgerEntry". */
export const entryRows = (journals: readonly NumberedJournal[]): object[] =>
  journals.flatMap(({ id, journal, now }) =>
    journal.entries.map((entry, line) => ({
      journal_id: id,
      line,
      account_id: accountId(journal, line),
      side: entry.side,
      amount: entry.amountMinor.toString(),
      currency: journal.currency,
      created_at: new Date(now).toISOString(),
    })),
  );
