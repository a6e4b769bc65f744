/** How much of a part of the page was measured. */
export interface Measured {
  readonly part: string;
  readonly measured: number;
  readonly all: number;
}

/**
 * The page keeps a part as it is or takes all of it anew: one figure alone would leave no others. Gives the parts that were
 * measured whole, and a sentence about each that was begun.
 */
export function wholeParts(measured: readonly Measured[]): { whole: ReadonlySet<string>; unwritten: string[] } {
  const begun = measured.filter((part) => part.measured > 0);
  return {
    whole: new Set(begun.filter((part) => part.measured === part.all).map(({ part }) => part)),
    unwritten: begun
      .filter((part) => part.measured < part.all)
      .map(
        ({ part, measured: some, all }) =>
          `the page keeps its ${part}: ${some} of ${all} figures were measured; it takes them all from one run`,
      ),
  };
}
