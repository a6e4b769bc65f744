import { CronExpressionParser } from 'cron-parser';

/** When scheduled invoices go, as a configuration says it. */
export interface Schedule {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  /** IANA name, `Asia/Ho_Chi_Minh`. */
  readonly timeZone: string;
}

/** What a configuration stores; `cron` takes the place of `time` where it is there. */
export interface ScheduleSettings {
  /** `HH:MM` */
  readonly time: string;
  readonly cron?: string;
  readonly timeZone?: string;
}

export const DEFAULT_TIME_ZONE = 'Asia/Ho_Chi_Minh';

const FIVE_FIELDS = /^\S+(?: \S+){4}$/;
/** What all dialects of cron share; seconds, `@daily`, `L` and random fields are not among it. */
const COMMON_FIELDS = /^(?:[\d*,/ -]|SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)+$/i;

/** The schedule of a daily time is a cron like any other. */
export function scheduleOf({ time, cron, timeZone = DEFAULT_TIME_ZONE }: ScheduleSettings): Schedule {
  if (cron !== undefined) return { cron, timeZone };
  const [hours = '0', minutes = '0'] = time.split(':');
  return { cron: `${Number(minutes)} ${Number(hours)} * * *`, timeZone };
}

/** The first run after an instant, by the clock of the schedule's zone. Throws for a cron that `cronProblem` names. */
export function nextRun({ cron, timeZone }: Schedule, after: Date): Date {
  return CronExpressionParser.parse(cron, { currentDate: after, tz: timeZone }).next().toDate();
}

const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysIn = (month: number): number => LONGEST_MONTHS[month - 1] ?? 0;

/** What is wrong with a cron expression; undefined for a good one. One that never comes is wrong too. */
export function cronProblem(cron: string, at: Date): string | undefined {
  const shape = 'must have the five fields minute, hour, day of the month, month and day of the week';
  if (!FIVE_FIELDS.test(cron) || !COMMON_FIELDS.test(cron)) return `${shape}, like 0 21 * * 1-5`;
  try {
    const { dayOfMonth, dayOfWeek, month } = CronExpressionParser.parse(cron, { currentDate: at }).fields;
    const days = dayOfMonth.values.map(Number);
    // Said before it is looked for: the parser would go through years of days that never come.
    const comes = !dayOfWeek.isWildcard || month.values.some((each) => days.some((day) => day <= daysIn(Number(each))));
    return comes ? undefined : 'must name a day that some month has';
  } catch (error) {
    return `${shape}: ${error instanceof Error ? error.message : 'not readable'}`;
  }
}

/** What is wrong with the name of a time zone; undefined for a good one. */
export function timeZoneProblem(timeZone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    // An offset is no zone: it does not follow summer time.
    return /^[A-Za-z]/.test(timeZone) ? undefined : 'must be a name of the IANA list, like Asia/Ho_Chi_Minh';
  } catch {
    return 'must be a name of the IANA list, like Asia/Ho_Chi_Minh';
  }
}
