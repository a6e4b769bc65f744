import type { HealthCheck, Logger } from '@nx/observability';
import type { Admin, Kafka } from 'kafkajs';

const NOT_READY_EVERY_MS = 1_000;

/** Asks the brokers now and then whether they answer and have the topics that the service needs. */
export class TopicWatch {
  private readonly admin: Admin;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private stopped = false;
  private last: HealthCheck = { ok: false, detail: 'brokers have not answered yet' };

  constructor(
    kafka: Kafka,
    private readonly required: readonly string[],
    private readonly logger: Logger,
    private readonly everyMs: number,
    private readonly problemOf: (error: unknown) => string,
  ) {
    this.admin = kafka.admin({ retry: { retries: 1, initialRetryTime: 100 } });
  }

  start(): void {
    this.looking = this.look().finally(() => {
      const delayMs = this.last.ok ? this.everyMs : NOT_READY_EVERY_MS;
      if (!this.stopped) this.timer = setTimeout(() => this.start(), delayMs);
    });
  }

  check(): HealthCheck {
    return this.last;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
    await this.admin.disconnect().catch(() => undefined);
  }

  private async look(): Promise<void> {
    try {
      await this.admin.connect();
      const existing = new Set(await this.admin.listTopics());
      const missing = this.required.filter((topic) => !existing.has(topic));
      this.note(missing.length === 0 ? { ok: true } : { ok: false, detail: `topics missing: ${missing.join(', ')}` });
    } catch (error) {
      this.note({ ok: false, detail: `brokers cannot be used: ${this.problemOf(error)}` });
    }
  }

  private note(check: HealthCheck): void {
    if (!check.ok && this.last.detail !== check.detail)
      this.logger.warn('kafka is not ready', { detail: check.detail });
    this.last = check;
  }
}
