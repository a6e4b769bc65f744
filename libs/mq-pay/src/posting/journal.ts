import { ACCOUNT_RULES } from './accounts';
import type { AccountDimension, EntrySide, LedgerAccountRef } from './accounts';

export type JournalKind =
  | 'PAYMENT_SUCCESS'
  | 'SUSPENSE_RECEIVED'
  | 'SUSPENSE_ACCEPTED'
  | 'BANK_CLAIM_PROVEN'
  | 'PAYMENT_REVERSED'
  | 'REFUND_OPENED'
  | 'REFUND_SUCCEEDED'
  | 'REFUND_FAILED'
  | 'REFUND_SUCCEEDED_AFTER_FAILURE'
  | 'CHARGEBACK_OPENED'
  | 'CHARGEBACK_WON'
  | 'CHARGEBACK_LOST'
  | 'FEE_CHARGED'
  | 'FEE_RECHARGED'
  | 'SETTLEMENT_REPORTED'
  | 'SETTLEMENT_BANKED'
  | 'PAYOUT_RESERVED'
  | 'PAYOUT_PAID'
  | 'PAYOUT_FAILED'
  | 'PAYOUT_RETURNED'
  | 'CASH_BANKED'
  | 'ADJUSTMENT'
  | 'CORRECTION';

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
  /** The version of the posting rules that made it, so that an old journal can be judged by the rules of its time. */
  readonly rulesVersion: string;
  readonly currency: string;
  readonly entries: readonly JournalEntryDraft[];
  /** The journal that a correction undoes; a journal is undone at most once. */
  readonly reversesJournalId?: string;
}

/** One line before the empty ones are dropped. */
export type Line = readonly [side: EntrySide, account: LedgerAccountRef, amountMinor: bigint];

/** Makes the journals of one version of the rules. */
export type DraftJournal = (kind: JournalKind, key: string, currency: string, lines: readonly Line[]) => JournalDraft;

/** Binds a version: lines of 0 are dropped, then the journal must stand `checkJournal`. */
export function draftsOfVersion(rulesVersion: string): DraftJournal {
  return (kind, key, currency, lines) => {
    const entries = lines
      .filter(([, , amountMinor]) => amountMinor !== 0n)
      .map(([side, account, amountMinor]) => ({ account, side, amountMinor }));
    const draft: JournalDraft = { kind, key, rulesVersion, currency, entries };
    checkJournal(draft);
    return draft;
  };
}

/** The same lines with their sides exchanged: what takes a journal back. */
export function mirrored(entries: readonly JournalEntryDraft[]): readonly Line[] {
  return entries.map(({ account, side, amountMinor }): Line => [
    side === 'DEBIT' ? 'CREDIT' : 'DEBIT',
    account,
    amountMinor,
  ]);
}

/** A line whose amount may be below zero: then it stands on the other side. */
export function signed(...[side, account, amountMinor]: Line): Line {
  if (amountMinor >= 0n) return [side, account, amountMinor];
  return [side === 'DEBIT' ? 'CREDIT' : 'DEBIT', account, -amountMinor];
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
