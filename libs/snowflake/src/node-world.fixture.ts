import { SnowflakeGenerator } from './index';

/** How far a lease and its `issued_until` reach, as the platform sets them. */
const LEASE_MS = 6_000;
/** A holder whose times lie further ahead than this is not succeeded. */
const MAX_AHEAD_MS = 10_000;

interface Row {
  issuedUntilMs: number;
  expiresAtMs: number;
  holder: Process | undefined;
}

/** A process with a clock of its own, which may be wrong by any amount. */
export interface Process {
  readonly nodeId: number;
  readonly generator: SnowflakeGenerator;
  skewMs: number;
}

/**
 * The leases of some node ids and the processes that hold, held or lost them. Time is that of the database; each process
 * reads it with its own error. Nobody is told that his lease has ended: he finds out at his next renewal, if ever.
 */
export class NodeWorld {
  readonly processes: Process[] = [];
  private readonly rows: readonly Row[];

  constructor(
    nodes: number,
    private timeMs: number,
  ) {
    this.rows = Array.from({ length: nodes }, () => ({ issuedUntilMs: 0, expiresAtMs: 0, holder: undefined }));
  }

  advance(ms: number): void {
    this.timeMs += ms;
  }

  /** A process takes the node id when its lease has ended and its times are within reach. */
  start(nodeId: number, skewMs: number): void {
    const row = this.rows[nodeId];
    const localMs = this.timeMs + skewMs;
    if (row === undefined || row.expiresAtMs > this.timeMs || row.issuedUntilMs - localMs > MAX_AHEAD_MS) return;
    const clock = { now: (): number => this.timeMs + process.skewMs };
    const generator = new SnowflakeGenerator({
      nodeId,
      clock,
      issuedAfterMs: row.issuedUntilMs,
      sleep: (ms) => this.advance(ms),
    });
    const process: Process = { nodeId, generator, skewMs };
    this.processes.push(process);
    row.holder = process;
    this.extend(row, process);
  }

  /** The holder extends his lease; who has lost it learns so and issues no more. */
  renew(process: Process): void {
    const row = this.rows[process.nodeId];
    if (row?.holder === process && row.expiresAtMs > this.timeMs) this.extend(row, process);
    else process.generator.limitUntil(0);
  }

  /** The holder ends in order and leaves what he has really used. */
  release(process: Process): void {
    process.generator.limitUntil(0);
    const row = this.rows[process.nodeId];
    if (row?.holder !== process) return;
    Object.assign(row, { holder: undefined, expiresAtMs: 0, issuedUntilMs: process.generator.lastIssuedMs });
  }

  private extend(row: Row, process: Process): void {
    Object.assign(row, {
      issuedUntilMs: Math.max(row.issuedUntilMs, this.timeMs + process.skewMs + LEASE_MS),
      expiresAtMs: this.timeMs + LEASE_MS,
    });
    process.generator.limitUntil(row.issuedUntilMs);
  }
}
