import { randomBytes } from 'node:crypto';
import type { Clock } from '@nx/contracts';

/** Waits until `check` gives something other than false, null or undefined; throws its last error or a timeout. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 20_000, everyMs = 25 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(
        `the condition did not hold within ${timeoutMs} ms`,
        last === undefined ? undefined : { cause: last },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A clock that stands until it is moved. */
export class ManualClock implements Clock {
  constructor(private timeMs = Date.UTC(2026, 10, 20, 3, 0, 0)) {}

  now(): number {
    return this.timeMs;
  }

  advance(ms: number): void {
    this.timeMs += ms;
  }

  set(timeMs: number): void {
    this.timeMs = timeMs;
  }
}

/** A prefix for topics, queues and groups that no other run uses. */
export function uniquePrefix(): string {
  return `t${process.pid}${randomBytes(4).toString('hex')}`;
}
