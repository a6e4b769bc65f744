import { EPOCH_MS, MAX_SEQUENCE, assertNodeId, compose, encode } from './codec';
import { ClockMovedBackError, NotFencedError, SnowflakeError } from './snowflake-errors';

/** How far the clock may fall back before issuing is refused instead of paused. */
export const MAX_CLOCK_BACK_MS = 100;
// A clock that does not move although we slept is broken; without a bound the thread would hang for good.
const MAX_PAUSES = 2 * MAX_CLOCK_BACK_MS;

export interface SnowflakeGeneratorOptions {
  /** 0..1023; leased, so that no two processes use one at the same time. */
  readonly nodeId: number;
  readonly clock: { now(): number };
  /** Only times later than this are issued: the `issued_until` that the lease row held, in ms since 1970. */
  readonly issuedAfterMs?: number;
  /** Blocks the caller for about `ms`. The default blocks the thread, for at most 100 ms in all. */
  readonly sleep?: (ms: number) => void;
}

/** Issues ids of one node: strictly increasing, never twice, never beyond the lease's limit. */
export class SnowflakeGenerator {
  readonly nodeId: number;
  private readonly clock: { now(): number };
  private readonly sleep: (ms: number) => void;
  private lastMs: number;
  private sequence = MAX_SEQUENCE;
  private limitMs = Number.POSITIVE_INFINITY;

  constructor(options: SnowflakeGeneratorOptions) {
    const issuedAfterMs = options.issuedAfterMs ?? 0;
    assertNodeId(options.nodeId);
    if (!Number.isSafeInteger(issuedAfterMs)) {
      throw new SnowflakeError('bad_time', "The last holder's time must be whole milliseconds.");
    }
    this.nodeId = options.nodeId;
    this.clock = options.clock;
    this.sleep = options.sleep ?? blockThread;
    this.lastMs = Math.max(issuedAfterMs, Number(EPOCH_MS) - 1);
  }

  /** Time of the newest issued id (or the given lower bound while there is none), in ms since 1970. */
  get lastIssuedMs(): number {
    return this.lastMs;
  }

  /** How far the clock is behind the newest id, in ms; 0 when it is not. */
  get behindMs(): number {
    return Math.max(0, this.lastMs - Math.floor(this.clock.now()));
  }

  /** Whether `next` would issue an id at this moment, a pause of at most 100 ms included. */
  canIssue(): boolean {
    return this.behindMs <= MAX_CLOCK_BACK_MS && Math.max(this.lastMs, Math.floor(this.clock.now())) <= this.limitMs;
  }

  /**
   * Fences the generator: from now on only ids with a time ≤ `ms` are issued. Raised at each renewal of the node-id
   * lease, lowered when the lease is lost. Without a call there is no limit (tools, tests).
   */
  limitUntil(ms: number): void {
    if (Number.isNaN(ms)) throw new SnowflakeError('bad_limit', 'The limit must be a time in milliseconds.');
    this.limitMs = ms;
  }

  /**
   * The next id as text. Waits for the next millisecond when 4,096 ids of this one are out, and while the clock is at
   * most 100 ms behind the last id.
   * @throws ClockMovedBackError when the clock is further behind, or does not move at all
   * @throws NotFencedError when the lease does not cover the present time
   * @throws SnowflakeError `bad_time` for a clock that reads no time at all
   */
  next(): string {
    const nowMs = this.usableTime();
    if (nowMs > this.limitMs) throw new NotFencedError(nowMs, this.limitMs);
    const sequence = nowMs === this.lastMs ? this.sequence + 1 : 0;
    const value = compose(nowMs, this.nodeId, sequence);
    // Only after the time has proven to be one: a generator that remembered NaN would forget what it has issued.
    this.sequence = sequence;
    this.lastMs = nowMs;
    return encode(value);
  }

  private usableTime(): number {
    const earliestMs = this.sequence < MAX_SEQUENCE ? this.lastMs : this.lastMs + 1;
    let nowMs = Math.floor(this.clock.now());
    for (let pauses = 0; nowMs < earliestMs; pauses += 1) {
      if (this.lastMs - nowMs > MAX_CLOCK_BACK_MS || pauses >= MAX_PAUSES)
        throw new ClockMovedBackError(nowMs, this.lastMs);
      // A lost lease is told at once, not after the wait.
      if (earliestMs > this.limitMs) throw new NotFencedError(nowMs, this.limitMs);
      this.sleep(earliestMs - nowMs);
      nowMs = Math.floor(this.clock.now());
    }
    return nowMs;
  }
}

const parked = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function blockThread(ms: number): void {
  Atomics.wait(parked, 0, 0, ms);
}
