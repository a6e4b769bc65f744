/** A calendar day in Vietnam, `YYYY-MM-DD`. Text order is time order. */
export type IsoDate = string;

/** Vietnam has kept UTC+7 without summer time since 1975, so the offset is a constant and no zone data is needed. */
const VIETNAM_OFFSET_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;

/** True for a real day of the calendar, written `YYYY-MM-DD`. */
export function isIsoDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
}

/** The day in Vietnam at an instant: 17:00 UTC already belongs to the next one. */
export function vietnamDate(instant: Date): IsoDate {
  return vietnamDateTime(instant).slice(0, 10);
}

/** What a Vietnamese clock shows at an instant, to the second: `2026-11-20T08:30:00`. */
export function vietnamDateTime(instant: Date): string {
  return new Date(instant.getTime() + VIETNAM_OFFSET_MS).toISOString().slice(0, 19);
}

/** The instant at which a Vietnamese clock shows `time` (milliseconds since midnight) on `date`. */
export function vietnamInstant(date: IsoDate, timeMs: number): Date {
  return new Date(Date.parse(`${date}T00:00:00Z`) - VIETNAM_OFFSET_MS + timeMs);
}

/** The last millisecond of a day in Vietnam. */
export function endOfVietnamDay(date: IsoDate): Date {
  return vietnamInstant(date, DAY_MS - 1);
}

/** `date` moved by whole days. */
export function addDays(date: IsoDate, days: number): IsoDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Day of the week, 0 = Sunday … 6 = Saturday. */
export function weekday(date: IsoDate): number {
  return new Date(Date.parse(`${date}T00:00:00Z`)).getUTCDay();
}
