/** Vietnam keeps GMT+7 all year, so plain arithmetic is exact. */
const OFFSET_MS = 7 * 3_600_000;

interface Parts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

function parts(ms: number): Parts {
  const iso = new Date(ms + OFFSET_MS).toISOString();
  return {
    year: iso.slice(0, 4),
    month: iso.slice(5, 7),
    day: iso.slice(8, 10),
    hour: iso.slice(11, 13),
    minute: iso.slice(14, 16),
    second: iso.slice(17, 19),
  };
}

/** `yyyyMMddHHmmss` */
export function compactTime(ms: number): string {
  const p = parts(ms);
  return `${p.year}${p.month}${p.day}${p.hour}${p.minute}${p.second}`;
}

/** `dd/MM/yyyy` */
export function slashDate(ms: number): string {
  const p = parts(ms);
  return `${p.day}/${p.month}/${p.year}`;
}

/** `dd/MM/yyyy HH:mm:ss` */
export function slashTime(ms: number): string {
  const p = parts(ms);
  return `${slashDate(ms)} ${p.hour}:${p.minute}:${p.second}`;
}

/** `yyyy-MM-dd` */
export function isoDate(ms: number): string {
  const p = parts(ms);
  return `${p.year}-${p.month}-${p.day}`;
}

function instant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(ms);
  const same =
    back.getUTCFullYear() === year &&
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    back.getUTCHours() === hour &&
    back.getUTCMinutes() === minute &&
    back.getUTCSeconds() === second;
  return same ? ms - OFFSET_MS : undefined;
}

/** `yyMMddHHmm` to epoch milliseconds; undefined when it names no minute of the calendar. */
export function parseShortMinute(text: string): number | undefined {
  if (!/^\d{10}$/.test(text)) return undefined;
  const n = (from: number): number => Number(text.slice(from, from + 2));
  return instant(2000 + n(0), n(2), n(4), n(6), n(8), 0);
}

/** `yyyyMMddHHmmss` to epoch milliseconds. */
export function parseCompactTime(text: string): number | undefined {
  if (!/^\d{14}$/.test(text)) return undefined;
  const n = (from: number): number => Number(text.slice(from, from + 2));
  return instant(Number(text.slice(0, 4)), n(4), n(6), n(8), n(10), n(12));
}

/** `dd/MM/yyyy` to the first millisecond of that day. */
export function parseSlashDate(text: string): number | undefined {
  const match = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text);
  return match === null ? undefined : instant(Number(match[3]), Number(match[2]), Number(match[1]), 0, 0, 0);
}

/** `yyyy-MM-dd` to the first millisecond of that day. */
export function parseIsoDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match === null ? undefined : instant(Number(match[1]), Number(match[2]), Number(match[3]), 0, 0, 0);
}
