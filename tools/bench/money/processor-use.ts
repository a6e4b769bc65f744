import { Redis } from 'ioredis';
import pg from 'pg';
import type { BenchSystem } from '../bench-system';
import { CostMeter, type MeteredProcess, type Spent } from './cost-meter';

/** Of the process that measures: what it takes to be the other side. */
const OURSELVES = 'the load';

/**
 * How much processor time a unit of work takes, by part, while it is measured how fast it goes: where a figure misses its
 * goal, this says who holds it.
 */
export class ProcessorUse {
  private readonly total = new Map<string, number>();
  private units = 0;
  private isWarm = false;

  private constructor(
    private readonly meter: CostMeter,
    readonly close: () => Promise<void>,
  ) {}

  /** `beside`: processes that are not of the system. */
  static async of(bench: BenchSystem, beside: readonly MeteredProcess[] = []): Promise<ProcessorUse> {
    const redis = new Redis(bench.infra.redisUrl);
    const admin = new pg.Pool({ connectionString: bench.adminUrl, max: 1 });
    const meter = await CostMeter.open([...bench.system.processes, ...beside], redis, admin);
    return new ProcessorUse(meter, async () => {
      redis.disconnect();
      await admin.end();
    });
  }

  /** Does the work and counts what it took. The first time is for the compilers and the caches, and does not count. */
  async during(work: () => Promise<number>, unitsOf: (perSecond: number, seconds: number) => number): Promise<number> {
    const [before, begin] = [await this.read(), performance.now()];
    const perSecond = await work();
    const seconds = (performance.now() - begin) / 1000;
    const after = await this.read();
    if (this.isWarm) {
      this.units += unitsOf(perSecond, seconds);
      for (const [part, ms] of after) this.total.set(part, (this.total.get(part) ?? 0) + ms - (before.get(part) ?? 0));
    }
    this.isWarm = true;
    return perSecond;
  }

  /** Core-milliseconds per unit by part, the largest first. */
  perUnit(): Spent {
    const parts = [...this.total].map(([part, ms]) => [part, ms / this.units] as const);
    return new Map(parts.toSorted(([, left], [, right]) => right - left));
  }

  private async read(): Promise<Spent> {
    const { user, system } = process.cpuUsage();
    return new Map([...(await this.meter.read()), [OURSELVES, (user + system) / 1000]]);
  }
}

/** Units of work that goes on for the whole time. */
export const allTheTime = (perSecond: number, seconds: number): number => perSecond * seconds;
