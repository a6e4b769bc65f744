import type { ServiceProcess } from '../system.mjs';
import { pause } from './pause';

const EVERY_MS = 400;

/** Looks at the probe of each process all the time: the fronts and the clock of recovery go by it. */
export class Monitor {
  private readonly ready = new Map<string, boolean>();
  private readonly lastReady = new Map<string, number>();
  private readonly ended: Promise<void>;

  constructor(
    private readonly processes: () => readonly ServiceProcess[],
    stop: AbortSignal,
  ) {
    this.ended = this.watch(stop);
  }

  healthy(name: string): boolean {
    return this.ready.get(name) ?? false;
  }

  /** Whether the process, or each of them, was ready at some moment after this one (epoch ms). */
  wasReadyAfter(since: number, name?: string): boolean {
    const names = name === undefined ? this.processes().map((child) => child.name) : [name];
    return names.every((one) => (this.lastReady.get(one) ?? 0) > since);
  }

  get down(): string[] {
    return this.processes()
      .map(({ name }) => name)
      .filter((name) => !this.healthy(name));
  }

  close(): Promise<void> {
    return this.ended;
  }

  private async watch(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await Promise.all(
        this.processes().map(async (child) => {
          const ready = child.exitStatus === null && (await child.ready());
          this.ready.set(child.name, ready);
          if (ready) this.lastReady.set(child.name, Date.now());
        }),
      );
      await pause(EVERY_MS, stop);
    }
  }
}
