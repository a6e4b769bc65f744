import { addDays, issueTarget, vietnamDate, vietnamInstant } from '@nx/e-invoice';
import type { IssuanceMode } from './invoice';

export interface ReleaseQuestion {
  readonly mode: IssuanceMode;
  readonly findings: readonly string[];
  /** A buyer may still claim. */
  readonly claimOpen: boolean;
  readonly legalDeadlineAt: Date;
  /** `HH:MM` in Vietnam. */
  readonly scheduleTime: string;
  readonly now: Date;
}

/**
 * When the machine issues a pending invoice; null = it waits for a person, a buyer or data.
 * A scheduled one goes with the next batch, but never after the target of its legal deadline, and at once when both
 * have passed.
 */
export function releaseAt(question: ReleaseQuestion): Date | null {
  const { mode, findings, claimOpen, now } = question;
  if (findings.length > 0 || claimOpen || mode === 'MANUAL') return null;
  if (mode !== 'SCHEDULED') return now;
  const batch = nextBatch(question.scheduleTime, now);
  const target = issueTarget(question.legalDeadlineAt);
  const at = batch < target ? batch : target;
  return at > now ? at : now;
}

/** The next instant after `now` at which a Vietnamese clock shows `time`. */
function nextBatch(time: string, now: Date): Date {
  const [hours = '0', minutes = '0'] = time.split(':');
  const ofDayMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const today = vietnamDate(now);
  const at = vietnamInstant(today, ofDayMs);
  return at > now ? at : vietnamInstant(addDays(today, 1), ofDayMs);
}
