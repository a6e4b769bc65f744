/**
 * The only source of time. It is passed in, so that a run can be replayed and a test can move it.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}
