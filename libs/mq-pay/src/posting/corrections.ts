import { mirrored, signed } from './journal';
import type { JournalDraft, Line } from './journal';
import { draft } from './version-1';

/**
 * Cash is brought from the drawer to the bank: `drawerMinor` should have been there, `bankedMinor` was. What differs
 * has to be explained to zero.
 */
export function postCashBanked(posting: {
  readonly merchantId: string;
  readonly currency: string;
  readonly depositId: string;
  readonly drawerMinor: bigint;
  readonly bankedMinor: bigint;
}): JournalDraft {
  const { merchantId, drawerMinor, bankedMinor } = posting;
  return draft('CASH_BANKED', `cash-deposit:${posting.depositId}:banked:1`, posting.currency, [
    ['DEBIT', { type: 'BANK_MERCHANT', merchantId }, bankedMinor],
    signed('DEBIT', { type: 'CASH_OVER_SHORT', merchantId }, drawerMinor - bankedMinor),
    ['CREDIT', { type: 'CASH_DRAWER', merchantId }, drawerMinor],
  ]);
}

/** Lines that one person made and another approved. Throws `RangeError` where both are the same or it does not balance. */
export function postAdjustment(posting: {
  readonly adjustmentId: string;
  readonly currency: string;
  readonly lines: readonly Line[];
  readonly madeBy: string;
  readonly approvedBy: string;
}): JournalDraft {
  if (posting.madeBy === posting.approvedBy) throw new RangeError('Nobody approves an adjustment of his own.');
  return draft('ADJUSTMENT', `adjustment:${posting.adjustmentId}:posted:1`, posting.currency, posting.lines);
}

/** Undoes a journal line by line; it is never changed. One journal is undone once. */
export function postCorrection(posting: {
  readonly journalId: string;
  readonly journal: Pick<JournalDraft, 'currency' | 'entries'>;
}): JournalDraft {
  const { journalId, journal } = posting;
  const lines = mirrored(journal.entries);
  return {
    ...draft('CORRECTION', `journal:${journalId}:corrected:1`, journal.currency, lines),
    reversesJournalId: journalId,
  };
}
