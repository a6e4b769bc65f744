import { addDays, weekday } from '../../vietnam-date';
import type { IsoDate } from '../../vietnam-date';

/** Days that differ from the rule "Monday to Friday are worked". */
export interface WorkingCalendar {
  readonly holidays: ReadonlySet<IsoDate>;
  /** Saturdays that are worked in exchange for a bridge day. */
  readonly workedWeekends: ReadonlySet<IsoDate>;
}

/**
 * Public holidays and their days in lieu (Labour Code 2019 Art. 112 and the yearly notices). Only days that are certain
 * are listed: a missing holiday makes a deadline earlier, never too late. Days of 2027 that the yearly notice will add
 * are entered when it is published.
 */
export const VIETNAM_CALENDAR: WorkingCalendar = {
  holidays: new Set([
    ...['2025-09-01', '2025-09-02'],
    '2026-01-01',
    // Lunar New Year 2026.
    ...['2026-02-16', '2026-02-17', '2026-02-18', '2026-02-19', '2026-02-20'],
    // The Hung Kings' day falls on Sunday the 26th.
    '2026-04-27',
    ...['2026-04-30', '2026-05-01'],
    ...['2026-09-01', '2026-09-02'],
    '2027-01-01',
    // Lunar New Year 2027 begins on Saturday, February 6th.
    ...['2027-02-08', '2027-02-09', '2027-02-10'],
    '2027-04-16',
    // May 1st is a Saturday, so the Monday is given in lieu.
    ...['2027-04-30', '2027-05-03'],
    '2027-09-02',
  ]),
  workedWeekends: new Set<IsoDate>(),
};

export function isWorkingDay(date: IsoDate, calendar: WorkingCalendar): boolean {
  if (calendar.holidays.has(date)) return false;
  const day = weekday(date);
  return (day !== 0 && day !== 6) || calendar.workedWeekends.has(date);
}

/** The first working day after `date`. */
export function nextWorkingDay(date: IsoDate, calendar: WorkingCalendar): IsoDate {
  let candidate = addDays(date, 1);
  while (!isWorkingDay(candidate, calendar)) candidate = addDays(candidate, 1);
  return candidate;
}
