import { pause } from './pause';
import type { DatabaseOfRecord } from './record';
import type { Monitor } from './monitor';

const EVERY_MS = 500;
/** Clocks of two processes on one machine; a row's time is that of the process that wrote it. */
const NEWEST = `SELECT (extract(epoch FROM max(created_at)) * 1000)::float8 AS "newestMs"
FROM mq_pay."Transaction" WHERE settled_at IS NOT NULL`;

interface Mending {
  readonly number: number;
  /** When the fault was mended, epoch ms. */
  readonly since: number;
}

/**
 * How long the system needs after a fault was mended: until every process is ready and a sale that began after the
 * mending is settled.
 */
export class Recovery {
  readonly times = new Map<number, number>();
  private mending: Mending[] = [];
  private readonly ended: Promise<void>;

  constructor(
    private readonly monitor: Monitor,
    private readonly record: DatabaseOfRecord,
    stop: AbortSignal,
  ) {
    this.ended = this.watch(stop);
  }

  mended(number: number): void {
    this.mending.push({ number, since: Date.now() });
  }

  /** All is quiet: what no later sale has shown is over now. */
  async close(): Promise<void> {
    await this.ended;
    this.settle(Number.POSITIVE_INFINITY);
  }

  private async watch(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if (this.mending.length > 0 && this.monitor.down.length === 0) {
        const rows = await this.record.rows<{ newestMs: number | null }>(NEWEST).catch(() => []);
        this.settle(rows[0]?.newestMs ?? 0);
      }
      await pause(EVERY_MS, stop);
    }
  }

  private settle(newestMs: number): void {
    const now = Date.now();
    for (const { number, since } of this.mending.filter((one) => one.since < newestMs))
      this.times.set(number, now - since);
    this.mending = this.mending.filter(({ since }) => since >= newestMs);
  }
}
