import type { TurnOptions } from '../in-turns';
import type { GoalKey } from '../goals';
import type { Sample } from '../outcome';

export interface MeasureOptions extends TurnOptions {
  readonly log: (line: string) => void;
}

/** Measures what the goals are about, in a system that it starts and ends. */
export interface Measurement {
  /** What it is called on the command line. */
  readonly name: string;
  readonly goals: readonly GoalKey[];
  measure(options: MeasureOptions): Promise<Partial<Record<GoalKey, Sample>>>;
}

/** Requests, or jobs, that are under way at once: of the subject as of its floors. */
export const AT_ONCE = 32;
