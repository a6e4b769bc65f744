import { nextWorkingDay, VIETNAM_CALENDAR } from './rules/working-calendar';
import type { WorkingCalendar } from './rules/working-calendar';
import type { SeriesLetter } from './symbol';
import { endOfVietnamDay, vietnamDate, vietnamInstant } from './vietnam-date';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The part of a day in which buyers may claim, in ms after midnight in Vietnam. */
export interface ClaimHours {
  /** A sale paid later has no window: it would end too close to the day's last batch. */
  readonly lastPaidMs: number;
  /** All windows of the day of payment are closed by then. */
  readonly closeMs: number;
}

/** Paid by 22:00, claimed by 23:30. */
export const CLAIM_HOURS: ClaimHours = { lastPaidMs: 22 * HOUR_MS, closeMs: 23 * HOUR_MS + 30 * MINUTE_MS };

const ISSUE_TARGET_MS = 23 * HOUR_MS + 50 * MINUTE_MS;
const DEFAULT_WINDOW_MS = 2 * HOUR_MS;

export interface LegalDeadlineInput {
  readonly seriesLetter: SeriesLetter;
  /** When the sale took place. */
  readonly taxPoint: Date;
  readonly calendar?: WorkingCalendar | undefined;
}

/**
 * The instant by which the law wants the data sent (Decree 254/2026 Art. 15.3; Annex 7, Art. 16.3.a.3): the end of the
 * sale's own day in Vietnam for a cash-register series, else the end of the next working day.
 */
export function legalDeadline(input: LegalDeadlineInput): Date {
  const saleDay = vietnamDate(input.taxPoint);
  if (input.seriesLetter === 'M') return endOfVietnamDay(saleDay);
  return endOfVietnamDay(nextWorkingDay(saleDay, input.calendar ?? VIETNAM_CALENDAR));
}

/**
 * The instant by which issuing should be over, ten minutes before midnight of the deadline's day. A sale after it is
 * issued at once.
 */
export function issueTarget(deadline: Date): Date {
  return vietnamInstant(vietnamDate(deadline), ISSUE_TARGET_MS);
}

export interface ClaimDeadlineInput {
  readonly paidAt: Date;
  readonly legalDeadline: Date;
  /** Merchant's setting; default two hours. */
  readonly windowMs?: number | undefined;
  /** Default `CLAIM_HOURS`. */
  readonly hours?: ClaimHours | undefined;
}

/**
 * The end of the buyer's window to claim the invoice: the earliest of paidAt + window, the closing hour of the day of
 * payment and the legal deadline. Null when there is no window: paid too late in the day, or the deadline has passed.
 */
export function claimDeadline(input: ClaimDeadlineInput): Date | null {
  const paidDay = vietnamDate(input.paidAt);
  const { lastPaidMs, closeMs } = input.hours ?? CLAIM_HOURS;
  if (input.paidAt > vietnamInstant(paidDay, lastPaidMs)) return null;
  const end = Math.min(
    input.paidAt.getTime() + (input.windowMs ?? DEFAULT_WINDOW_MS),
    vietnamInstant(paidDay, closeMs).getTime(),
    input.legalDeadline.getTime(),
  );
  return end > input.paidAt.getTime() ? new Date(end) : null;
}
