/** Something whose speed is measured for a while. */
export interface Contestant {
  /** What it does, for the table. */
  readonly what: string;
  /** Works for about the given time. Returns what was done per second, or another figure where less is better. */
  run(milliseconds: number): Promise<number>;
}

/** One figure per round for each contestant, in the order in which they were given. */
export type RoundFigures = readonly (readonly number[])[];

export interface TurnOptions {
  readonly rounds: number;
  /** How long each contestant runs in a round, in milliseconds. */
  readonly timeMs: number;
}

/**
 * Measures contestants in turns, so that whatever else the machine does meets all of them; who begins changes with
 * every round. A first round, whose figures are forgotten, is for the compilers and the caches.
 */
export async function inTurns(
  contestants: readonly Contestant[],
  { rounds, timeMs }: TurnOptions,
): Promise<RoundFigures> {
  for (const contestant of contestants) await contestant.run(timeMs / 2);
  const figures = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const at = (turn + round) % contestants.length;
      const figure = await contestants[at]?.run(timeMs);
      if (figure !== undefined) figures[at]?.push(figure);
    }
  }
  return figures;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
