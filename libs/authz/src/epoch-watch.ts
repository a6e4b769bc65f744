import type { Logger } from '@nx/observability';
import type { AccessControl } from './access-control';

/** With this a revoked right is gone within a second, whatever replica is asked. */
const POLL_MS = 500;

/** Looks for changes of policy, one look at a time. */
export class EpochWatch {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failing = false;

  constructor(
    private readonly access: AccessControl,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.look(), POLL_MS).unref();
    void this.look();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.running;
  }

  private look(): Promise<void> {
    this.running ??= this.access
      .look()
      .then(() => {
        this.failing = false;
      })
      .catch((error: unknown) => {
        // Told once per outage: at two looks a second the log would hold nothing else.
        if (!this.failing) this.logger.warn('policies cannot be watched', { error });
        this.failing = true;
      })
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }
}
