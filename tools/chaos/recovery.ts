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
  /** The process that was struck; undefined: all were. */
  readonly process: string | undefined;
}

/**
 * How long the system needs after a fault was mended: until the process that was struck (or each, when a server or the
 * world was) has been ready again, and a sale that began after the mending is settled. Other faults may strike meanwhile.
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

  mended(number: number, process: string | undefined): void {
    this.mending.push({ number, process, since: Date.now() });
  }

  /** All is quiet: what no later sale has shown is over now. */
  async close(): Promise<void> {
    await this.ended;
    this.settle(() => true);
  }

  private async watch(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if (this.mending.length > 0) {
        const rows = await this.record.rows<{ newestMs: number | null }>(NEWEST).catch(() => []);
        const newestMs = rows[0]?.newestMs ?? 0;
        this.settle(({ since, process }) => since < newestMs && this.monitor.wasReadyAfter(since, process));
      }
      await pause(EVERY_MS, stop);
    }
  }

  private settle(isOver: (one: Mending) => boolean): void {
    const now = Date.now();
    const over = this.mending.filter(isOver);
    for (const { number, since } of over) this.times.set(number, now - since);
    this.mending = this.mending.filter((one) => !over.includes(one));
  }
}
