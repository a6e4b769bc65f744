import { median, type RoundFigures } from './in-turns';
import type { Goal } from './goals';

/** What a contestant reached. */
export interface Reached {
  readonly what: string;
  /** Median of the rounds, in the unit of the goal. */
  readonly value: number;
}

export interface FloorReached extends Reached {
  /** What the subject reached as a share of this floor, median of the rounds. */
  readonly share: number;
}

/** What came of one goal in one run. */
export interface Outcome {
  readonly goal: Goal;
  readonly subject: Reached;
  /** What it is measured against; empty where the goal is a figure by itself. */
  readonly floors: readonly FloorReached[];
  /** What the goal is about: the share of the lowest floor, or the figure itself; median of the rounds, and its range. */
  readonly achieved: number;
  readonly lowest: number;
  readonly highest: number;
  readonly rounds: number;
  readonly met: boolean;
  /** Core-milliseconds of one unit by part, the largest first, where they were measured. */
  readonly spent?: ReadonlyMap<string, number>;
}

/** The figures of the rounds: first the subject's, then those of its floors. */
export interface Sample {
  readonly names: readonly string[];
  readonly figures: RoundFigures;
  readonly spent?: ReadonlyMap<string, number>;
}

/** A share is taken within a round, of the lowest floor of that very round, never across rounds. */
export function outcomeOf(goal: Goal, { names, figures, spent }: Sample): Outcome {
  const [subject = [], ...floors] = figures;
  const achieved = isShare(goal) ? shares(subject, floors) : subject;
  const value = median(achieved);
  const reached = (rounds: readonly number[], at: number): Reached => ({
    what: names[at] ?? '',
    value: median(rounds),
  });
  return {
    goal,
    subject: reached(subject, 0),
    floors: floors.map((rounds, at) => ({ ...reached(rounds, at + 1), share: median(shares(subject, [rounds])) })),
    achieved: value,
    lowest: Math.min(...achieved),
    highest: Math.max(...achieved),
    rounds: subject.length,
    met: shareOfGoal({ goal }, value) >= 1,
    ...(spent === undefined ? {} : { spent }),
  };
}

/** Whether the goal is about the figure beside its floor, and not about the figure itself. */
export const isShare = (goal: Goal): boolean => !('atMost' in goal);

const shares = (subject: readonly number[], floors: RoundFigures): number[] =>
  subject.map((figure, round) => figure / Math.min(...floors.map((rounds) => rounds[round] ?? Number.NaN)));

/** How far the goal is reached: 1 = exactly, above it is better, whichever way the goal is meant. */
export function shareOfGoal({ goal }: Pick<Outcome, 'goal'>, figure: number): number {
  if ('atLeast' in goal) return figure / goal.atLeast;
  return ('atMost' in goal ? goal.atMost : goal.atMostTimes) / figure;
}
