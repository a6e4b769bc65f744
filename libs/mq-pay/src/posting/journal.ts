import { ACCOUNT_RULES } from './accounts';
import type { AccountDimension, EntrySide, LedgerAccountRef } from './accounts';

/** Stands on every journal, so that an old one can be judged by the rules of its time. */
export const POSTING_RULES_VERSION = '1';

export type JournalKind =
  | 'PAYMENT_SUCCESS'
  | 'SUSPENSE_RECEIVED'
  | 'SUSPENSE_ACCEPTED'
  | 'BANK_CLAIM_PROVEN'
  | 'PAYMENT_REVERSED'
  | 'REFUND_OPENED'
  | 'REFUND_SUCCEEDED'
  | 'REFUND_FAILED'
  | 'REFUND_SUCCEEDED_AFTER_FAILURE';

export interface JournalEntryDraft {
  readonly account: LedgerAccountRef;
  readonly side: EntrySide;
  /** Always > 0. */
  readonly amountMinor: bigint;
}

/** A journal to be written in the transaction of its state change. `key` is unique: `<entity>:<id>:<event>:<n>`. */
export interface JournalDraft {
  readonly kind: JournalKind;
  readonly key: string;
  readonly rulesVersion: string;
  readonly currency: string;
  readonly entries: readonly JournalEntryDraft[];
}

/** One line before the empty ones are dropped. */
export type Line = readonly [side: EntrySide, account: LedgerAccountRef, amountMinor: bigint];

/** Makes a journal from its lines: lines of 0 are dropped, then it must stand `checkJournal`. */
export function draftJournal(kind: JournalKind, key: string, currency: string, lines: readonly Line[]): JournalDraft {
  const entries = lines
    .filter(([, , amountMinor]) => amountMinor !== 0n)
    .map(([side, account, amountMinor]) => ({ account, side, amountMinor }));
  const draft: JournalDraft = { kind, key, rulesVersion: POSTING_RULES_VERSION, currency, entries };
  checkJournal(draft);
  return draft;
}

/** Throws `RangeError` unless there are lines, each > 0 on a fully named account, and both sides are equal. */
export function checkJournal(draft: JournalDraft): void {
  if (draft.entries.length < 2) throw new RangeError(`journal ${draft.key} has fewer than two lines`);
  let balance = 0n;
  for (const { account, side, amountMinor } of draft.entries) {
    if (amountMinor <= 0n) throw new RangeError(`journal ${draft.key} has a line that is not positive`);
    checkAccount(draft.key, account);
    balance += side === 'DEBIT' ? amountMinor : -amountMinor;
  }
  if (balance !== 0n) throw new RangeError(`journal ${draft.key} does not balance`);
}

function checkAccount(key: string, account: LedgerAccountRef): void {
  const names: readonly AccountDimension[] = ['merchantId', 'provider', 'reason'];
  const wanted = ACCOUNT_RULES[account.type].dimensions;
  for (const name of names) {
    if (wanted.includes(name) !== (account[name] !== undefined && account[name] !== '')) {
      throw new RangeError(`journal ${key}: account ${account.type} names its ${name} wrongly`);
    }
  }
}
