/** A clock that stands still until it is moved, or slept on. */
export class ManualClock {
  readonly slept: number[] = [];

  constructor(public nowMs: number) {}

  now(): number {
    return this.nowMs;
  }

  readonly sleep = (ms: number): void => {
    this.slept.push(ms);
    this.nowMs += ms;
  };
}
