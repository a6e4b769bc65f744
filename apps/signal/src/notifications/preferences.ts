import type { Locale } from './read-activity';

/** Hours of the wall clock in a time zone; a window whose end lies before its beginning goes over midnight. */
export interface QuietHours {
  /** `HH:MM`, the first quiet minute. */
  readonly from: string;
  /** `HH:MM`, the first minute that is not quiet any more. */
  readonly to: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** What a user wants to be told about. */
export interface Preferences {
  readonly mutedTypes: readonly string[];
  readonly quietHours: QuietHours | null;
  /** `null`: the language of the message, else that of the platform. */
  readonly locale: Locale | null;
}

export const NO_PREFERENCES: Preferences = { mutedTypes: [], quietHours: null, locale: null };

/** How one notification reaches one user. */
export interface Reach {
  /** Stored as read: it is in the list and not on the badge. */
  readonly muted: boolean;
  /** Nobody is rung for it. */
  readonly silent: boolean;
}

/**
 * A muted type is stored as read and rings nobody; in quiet hours a notification is stored unread and rings nobody.
 * Nothing is left out of the inbox: who mutes today may look for it tomorrow.
 */
export function reachOf({ mutedTypes, quietHours }: Preferences, type: string, nowMs: number): Reach {
  const muted = mutedTypes.includes(type);
  return { muted, silent: muted || (quietHours !== null && isQuiet(quietHours, nowMs)) };
}

/** Whether the moment lies in the window; summer time counts as the clock on the wall does. */
export function isQuiet({ from, to, timeZone }: QuietHours, nowMs: number): boolean {
  const now = wallClock(timeZone).format(nowMs);
  return from < to ? from <= now && now < to : from <= now || now < to;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

const wallClock = (timeZone: string): Intl.DateTimeFormat => {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  clocks.set(timeZone, clock);
  return clock;
};
