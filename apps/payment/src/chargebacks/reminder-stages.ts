/** Where a case stands on its way to the day on which our evidence is due. */
export type ReminderStage = 'NOT_YET' | 'NEAR' | 'PASSED';

export interface ReminderState {
  readonly stage: ReminderStage;
  /** When people are told next, in ms; null after the day itself. */
  readonly nextAt: number | null;
}

/**
 * People are told so many ms before the evidence is due, for each of `beforeMs`, and when that day has passed. What was
 * missed in between is not made up for: one reminder tells how things stand. Instants in ms.
 */
export const reminderState = (dueAt: number, beforeMs: readonly number[], now: number): ReminderState => {
  const stages = [...beforeMs.map((before) => dueAt - before), dueAt];
  const ahead = stages.filter((at) => at > now);
  return {
    stage: now >= dueAt ? 'PASSED' : ahead.length < stages.length ? 'NEAR' : 'NOT_YET',
    nextAt: ahead.length === 0 ? null : Math.min(...ahead),
  };
};

/** When the first reminder of a new case is due: its opening tells of it, so a stage that is over is left out. */
export const firstReminder = (dueAt: number | null, beforeMs: readonly number[], now: number): number | null =>
  dueAt === null ? null : (reminderState(dueAt, beforeMs, now).nextAt ?? dueAt);
