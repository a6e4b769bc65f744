import { issueTarget } from '@nx/e-invoice';
import type { IssuanceMode } from './invoice';
import { nextRun, type Schedule } from './schedule';

export interface ReleaseQuestion {
  readonly mode: IssuanceMode;
  readonly findings: readonly string[];
  /** A buyer may still claim. */
  readonly claimOpen: boolean;
  readonly legalDeadlineAt: Date;
  readonly schedule: Schedule;
  readonly now: Date;
}

/**
 * When the machine issues a pending invoice; null = it waits for a person, a buyer or data.
 * A scheduled one goes with the next batch, but never after the target of its legal deadline, and at once when that has
 * passed. The batch is the time on its row: whatever is due goes, once, however long nobody was there to look.
 */
export function releaseAt(question: ReleaseQuestion): Date | null {
  const { mode, findings, claimOpen, now } = question;
  if (findings.length > 0 || claimOpen || mode === 'MANUAL') return null;
  if (mode !== 'SCHEDULED') return now;
  const batch = nextRun(question.schedule, now);
  const target = issueTarget(question.legalDeadlineAt);
  const at = batch < target ? batch : target;
  return at > now ? at : now;
}
