/** The text or value is no id of this platform. */
export class SnowflakeError extends Error {
  override readonly name: string = 'SnowflakeError';
}

/** The clock stands more than the tolerated pause before the last issued id: issuing could double one. */
export class ClockMovedBackError extends SnowflakeError {
  override readonly name = 'ClockMovedBackError';

  constructor(
    readonly nowMs: number,
    readonly lastIssuedMs: number,
  ) {
    super(
      `The clock is ${lastIssuedMs - nowMs} ms behind the last issued id; ids are refused until it has caught up. Check the host's time synchronisation.`,
    );
  }
}

/** The node-id lease does not cover the present time (lost, or not renewed): another process may own the node id. */
export class NotFencedError extends SnowflakeError {
  override readonly name = 'NotFencedError';

  constructor(
    readonly nowMs: number,
    readonly limitMs: number,
  ) {
    super(`Lease lost: the node id may be used until ${limitMs}, the clock reads ${nowMs}.`);
  }
}
