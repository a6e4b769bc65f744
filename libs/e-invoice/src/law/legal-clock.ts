import { nextWorkingDay, VIETNAM_CALENDAR } from './rules/working-calendar';
import type { WorkingCalendar } from './rules/working-calendar';
import { deadlineRuleOn } from './rules/deadline-rules';
import type { DeadlineSubject } from './rules/deadline-rules';
import type { SeriesLetter } from './rules/series-rules';
import { endOfVietnamDay, vietnamDate, vietnamInstant } from '../vietnam-date';
import type { IsoDate } from '../vietnam-date';

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
 * The end of the last day that the rule of `day` leaves. Where the table knows no rule it is the day itself: a deadline
 * too early harms nobody.
 */
function deadlineOf(subject: DeadlineSubject, day: IsoDate, calendar: WorkingCalendar = VIETNAM_CALENDAR): Date {
  let last = day;
  const count = deadlineRuleOn(subject, day)?.workingDays ?? 0;
  for (let passed = 0; passed < count; passed += 1) last = nextWorkingDay(last, calendar);
  return endOfVietnamDay(last);
}

/**
 * The instant by which the law wants the data sent (Decree 254/2026 Art. 15.3; Annex 7, Art. 16.3.a.3): the end of the
 * sale's own day in Vietnam for a cash-register series, else the end of the next working day.
 */
export function legalDeadline({ seriesLetter, taxPoint, calendar }: LegalDeadlineInput): Date {
  const subject = seriesLetter === 'M' ? 'CASH_REGISTER_DATA' : 'INVOICE_DATA';
  return deadlineOf(subject, vietnamDate(taxPoint), calendar);
}

/**
 * The instant by which issuing should be over, ten minutes before midnight of the deadline's day. A sale after it is
 * issued at once.
 */
export function issueTarget(deadline: Date): Date {
  return vietnamInstant(vietnamDate(deadline), ISSUE_TARGET_MS);
}

/** The legal deadlines that call for the alarm: those before this instant, two hours ahead. */
export function alarmHorizon(now: Date): Date {
  return new Date(now.getTime() + 2 * HOUR_MS);
}

/** Until when an invoice waits for older ones of its series: one hour before its own deadline. */
export function seriesWaitEnd(deadline: Date): Date {
  return new Date(deadline.getTime() - HOUR_MS);
}

/**
 * When a series may issue the first invoice of a day: `pauseMs` after its midnight in Vietnam. Sales of the last moments
 * of the day before are heard of meanwhile; after the first invoice of the new day providers refuse them.
 */
export function seriesOpensAt(invoiceDate: IsoDate, pauseMs: number): Date {
  return vietnamInstant(invoiceDate, pauseMs);
}

/**
 * The last instant at which an invoice of a day may be signed: the end of the next working day (Decree 254/2026
 * Annex 7). Signing before the invoice's day is not possible.
 */
export function signingDeadline(invoiceDate: IsoDate, calendar?: WorkingCalendar): Date {
  return deadlineOf('SIGNING', invoiceDate, calendar);
}

/** True when an invoice of a day may bear a signature of that instant. */
export function maySignAt(invoiceDate: IsoDate, signedAt: Date, calendar?: WorkingCalendar): boolean {
  return vietnamDate(signedAt) >= invoiceDate && signedAt <= signingDeadline(invoiceDate, calendar);
}

/** `AUTHORITY_OUTAGE`: the tax authority's system was down; `FORCE_MAJEURE`: the seller could not issue at all. */
export type OutageKind = 'AUTHORITY_OUTAGE' | 'FORCE_MAJEURE';

/**
 * Until when data that an outage held back must be sent: the end of the second working day after the authority is back,
 * of the third after force majeure (Decree 254/2026 Art. 14.4 and 14.5).
 */
export function outageDeadline(kind: OutageKind, backAt: Date, calendar?: WorkingCalendar): Date {
  return deadlineOf(kind, vietnamDate(backAt), calendar);
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
