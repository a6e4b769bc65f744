/** Vietnam has had one offset and no summer time since 1975; every VNPAY time is in it. */
const OFFSET_MS = 7 * 3_600_000;

/** The pieces of a moment on a Vietnamese wall clock, zero-padded. */
export interface VietnamClock {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

/** Takes a moment (ms) apart in GMT+7. */
export function vietnamClock(atMs: number): VietnamClock {
  const text = new Date(atMs + OFFSET_MS).toISOString();
  return {
    year: text.slice(0, 4),
    month: text.slice(5, 7),
    day: text.slice(8, 10),
    hour: text.slice(11, 13),
    minute: text.slice(14, 16),
    second: text.slice(17, 19),
  };
}

/** Reads `yyyyMMddHHmmss` or `dd/MM/yyyy HH:mm:ss` as GMT+7; null for anything else, also for days that do not exist. */
export function parseVietnamTime(text: string): number | null {
  const compact = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text);
  const slashed = /^(\d{2})\/(\d{2})\/(\d{4}) (\d{2}):(\d{2}):(\d{2})$/.exec(text);
  const [year, month, day, ...time] =
    compact?.slice(1) ?? (slashed ? [slashed[3], slashed[2], slashed[1], ...slashed.slice(4)] : []);
  if (year === undefined || month === undefined || day === undefined) return null;
  const iso = `${year}-${month}-${day}T${time.join(':')}.000Z`;
  const localMs = Date.parse(iso);
  if (Number.isNaN(localMs) || new Date(localMs).toISOString() !== iso) return null;
  return localMs - OFFSET_MS;
}

/** `dd/MM/yyyy` of each day in GMT+7 that the span touches, the earliest first. */
export function vietnamDays(fromMs: number, untilMs: number): readonly string[] {
  const days: string[] = [];
  const dayMs = 86_400_000;
  const firstMidnight = Math.floor((fromMs + OFFSET_MS) / dayMs) * dayMs - OFFSET_MS;
  for (let midnight = firstMidnight; midnight <= untilMs; midnight += dayMs) {
    const clock = vietnamClock(midnight);
    days.push(`${clock.day}/${clock.month}/${clock.year}`);
  }
  return days;
}
