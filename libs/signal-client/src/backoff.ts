/** Reconnect pauses in milliseconds. */
export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * Pause before reconnect number `failures` (1 = the first): doubles up to the maximum, and a random half of it is
 * taken off, so that the clients of a restarted server do not come back in one wave.
 */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  const ceiling = Math.min(options.maxMs, options.initialMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
