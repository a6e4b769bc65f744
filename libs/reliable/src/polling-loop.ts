import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@nx/observability';
import { isInfrastructureError } from '@nx/persistence';

const PAUSE_AFTER_ERROR_MS = 500;

export interface PollingLoopOptions {
  /** One piece of work; how much of it was found. The next one follows at once while that is not 0. */
  round(): Promise<number>;
  pollMs: number;
  logger: Logger;
  /** Written when a round throws. */
  complaint: string;
}

/** Does rounds of work until it is stopped; between them it waits for a nudge, or for the poll interval. */
export class PollingLoop {
  private wake: (() => void) | undefined;
  private nudged = false;
  private stopped = false;
  private loop: Promise<void> | undefined;

  constructor(private readonly options: PollingLoopOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  nudge(): void {
    this.nudged = true;
    this.wake?.();
  }

  /** Finishes the round that runs. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.nudge();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { round, pollMs, logger, complaint } = this.options;
    while (!this.stopped) {
      try {
        if ((await round()) === 0) await this.idle(pollMs);
      } catch (error) {
        logger[isInfrastructureError(error) ? 'warn' : 'error'](complaint, { error });
        if (!this.stopped) await pause(Math.max(pollMs, PAUSE_AFTER_ERROR_MS), undefined, { ref: false });
      }
    }
  }

  private async idle(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    if (!this.nudged && !this.stopped) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      this.wake = undefined;
    }
    this.nudged = false;
  }
}
