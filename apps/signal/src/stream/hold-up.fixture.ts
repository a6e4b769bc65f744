import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 20;

/**
 * By how much this machine holds up what takes no time by itself: a timer of this process followed by a question to the
 * database. A test of "within a second" adds it for each step that the service makes, and so stays strict on a quiet
 * machine and true on a busy one.
 */
export class HoldUp {
  private worst = 0;
  private watching = true;
  private readonly done: Promise<void>;

  constructor(ask: () => Promise<unknown>) {
    this.done = this.watch(ask);
  }

  /** Milliseconds. */
  async end(): Promise<number> {
    this.watching = false;
    await this.done;
    return this.worst;
  }

  private async watch(ask: () => Promise<unknown>): Promise<void> {
    while (this.watching) {
      const startedAt = performance.now();
      await pause(STEP_MS);
      await ask();
      this.worst = Math.max(this.worst, performance.now() - startedAt - STEP_MS);
    }
  }
}
