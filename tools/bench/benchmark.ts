/** One thing that is measured, beside the least that any implementation of it has to do. */
export interface Benchmark {
  readonly name: string;
  /** What one call does, for the table. */
  readonly what: string;
  readonly subject: () => unknown;
  readonly floor: { readonly what: string; readonly run: () => unknown };
}

export interface Figure {
  readonly name: string;
  readonly what: string;
  readonly floor: string;
  /** Calls per second, median of the rounds. */
  readonly perSecond: number;
  readonly floorPerSecond: number;
  /** Speed of the subject as a share of the floor's, median of the rounds; 1 = as fast as the floor. */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
}
