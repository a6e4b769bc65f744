import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@nx/observability';
import { isInfrastructureError } from '@nx/persistence';

const PAUSE_AFTER_ERROR_MS = 500;

export interface PollingLoopOptions {
  /** One piece of work; how much of it was found: the next one follows at once unless that is 0 or not told. */
  round(): Promise<number | void>;
  pollMs: number;
  /** The first round too waits for a nudge, or for the poll interval. */
  waitFirst?: boolean;
  logger: Logger;
  /** Written when a round throws. */
  complaint: string;
}

/**
 * Does rounds of work until it is stopped; between them it waits for a nudge, or for the poll interval. It keeps no
 * process alive. What a round throws is a warning while the infrastructure is away, else an error; the next one comes.
 */
export class PollingLoop {
  private wake: (() => void) | undefined;
  private nudged = false;
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(private readonly options: PollingLoopOptions) {}

  /** True from the call of `stop` on: a long round may end early. */
  get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  start(): void {
    this.loop ??= this.run();
  }

  nudge(): void {
    this.nudged = true;
    this.wake?.();
  }

  /** Finishes the round that runs. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.nudge();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { round, pollMs, waitFirst, logger, complaint } = this.options;
    if (waitFirst === true) await this.idle(pollMs);
    while (!this.stopped) {
      try {
        const found = await round();
        if (found === undefined || found === 0) await this.idle(pollMs);
      } catch (error) {
        logger[isInfrastructureError(error) ? 'warn' : 'error'](complaint, { error });
        await this.rest(Math.max(pollMs, PAUSE_AFTER_ERROR_MS));
      }
    }
  }

  /** Whatever nudges: what has just failed is not tried again at once. */
  private async rest(ms: number): Promise<void> {
    await pause(ms, undefined, { ref: false, signal: this.stopping.signal }).catch(() => undefined);
  }

  private async idle(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    if (!this.nudged && !this.stopped) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, ms).unref();
      });
      clearTimeout(timer);
      this.wake = undefined;
    }
    this.nudged = false;
  }
}
