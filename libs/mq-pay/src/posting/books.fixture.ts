import { ACCOUNT_RULES } from './accounts';
import type { AccountType, LedgerAccountRef } from './accounts';
import type { JournalDraft } from './journal';

/** A journal in one line: debits, then credits, without dimensions. */
export function line(journal: JournalDraft): string {
  const side = (name: string): string =>
    journal.entries
      .filter((entry) => entry.side === name)
      .map((entry) => `${entry.account.type} ${entry.amountMinor}`)
      .join(' + ');
  return `${side('DEBIT')} = ${side('CREDIT')}`;
}

/** The balance of an account type on its normal side after a run of journals, of the accounts that `of` picks. */
export function balance(
  journals: readonly JournalDraft[],
  type: AccountType,
  of: (account: LedgerAccountRef) => boolean = () => true,
): bigint {
  return journals
    .flatMap((journal) => journal.entries)
    .filter(({ account }) => account.type === type && of(account))
    .reduce(
      (sum, { side, amountMinor }) => sum + (side === ACCOUNT_RULES[type].normalSide ? amountMinor : -amountMinor),
      0n,
    );
}
