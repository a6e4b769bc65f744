/** What is wrong. Stable keys; the first five speak of a text, the next four of a value or its parts. */
export type SnowflakeErrorReason =
  | 'not_text'
  | 'wrong_length'
  | 'padded'
  | 'foreign_character'
  | 'too_large'
  | 'bad_value'
  | 'bad_time'
  | 'bad_node'
  | 'bad_sequence'
  | 'bad_limit'
  | 'clock_moved_back'
  | 'not_fenced';

/** The text or value is no id of this platform, or no id can be issued now. */
export class SnowflakeError extends Error {
  override readonly name: string = 'SnowflakeError';

  constructor(
    readonly reason: SnowflakeErrorReason,
    message: string,
  ) {
    super(message);
  }
}

/** The clock stands more than the tolerated pause before the last issued id: issuing could double one. */
export class ClockMovedBackError extends SnowflakeError {
  override readonly name = 'ClockMovedBackError';

  constructor(
    readonly nowMs: number,
    readonly lastIssuedMs: number,
  ) {
    super(
      'clock_moved_back',
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
    super('not_fenced', `Lease lost: the node id may be used until ${limitMs}, the clock reads ${nowMs}.`);
  }
}
