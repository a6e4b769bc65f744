import { readdirSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type pg from 'pg';

/** Of the kernel: its unit of a process's time (`sysconf(_SC_CLK_TCK)`, 100 on every Linux). */
const TICK_MS = 10;

/** A process of a system, or beside one. */
export interface MeteredProcess {
  readonly name: string;
  readonly pid?: number | undefined;
}

/** Processor time in milliseconds, by part. */
export type Spent = ReadonlyMap<string, number>;

/**
 * Reads how much processor time the parts of a system have used so far. What else the machine does makes a figure by the
 * clock worse; it hardly touches this one. Linux alone tells it; servers in containers are not seen.
 */
export class CostMeter {
  private constructor(
    private readonly processes: readonly MeteredProcess[],
    private readonly redis: Redis,
    private readonly postmaster: number | undefined,
  ) {}

  static async open(processes: readonly MeteredProcess[], redis: Redis, admin: pg.Pool): Promise<CostMeter> {
    const { rows } = await admin.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const backend = statOf(rows[0]?.pid ?? 0);
    const isOurs = backend?.command === 'postgres';
    return new CostMeter(processes, redis, isOurs ? backend.parent : undefined);
  }

  async read(): Promise<Spent> {
    const spent = new Map<string, number>();
    for (const { name, pid = 0 } of this.processes) spent.set(name, statOf(pid)?.ownMs ?? Number.NaN);
    if (this.postmaster !== undefined) spent.set('PostgreSQL', this.postgresMs(this.postmaster));
    spent.set('Redis', await this.redisMs());
    return spent;
  }

  /** The postmaster, all that it has begun and that lives, and those that have ended and were waited for. */
  private postgresMs(postmaster: number): number {
    const living = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => statOf(Number(name)))
      .filter((stat) => stat?.parent === postmaster);
    const main = statOf(postmaster);
    return living.reduce((sum, stat) => sum + (stat?.ownMs ?? 0), (main?.ownMs ?? 0) + (main?.endedMs ?? 0));
  }

  private async redisMs(): Promise<number> {
    const info = await this.redis.info('cpu');
    const seconds = ['used_cpu_sys', 'used_cpu_user'].map(
      (name) => new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1],
    );
    return seconds.reduce((sum, text) => sum + Number(text ?? 0) * 1000, 0);
  }
}

interface Stat {
  readonly command: string;
  readonly parent: number;
  readonly ownMs: number;
  /** Of children that have ended. */
  readonly endedMs: number;
}

/** See proc(5), `/proc/<pid>/stat`; undefined when there is no such process, or no such file system. */
function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
  const end = text.lastIndexOf(')');
  const fields = text
    .slice(end + 2)
    .split(' ')
    .map(Number);
  const ticks = (from: number): number => ((fields[from] ?? 0) + (fields[from + 1] ?? 0)) * TICK_MS;
  return {
    command: text.slice(text.indexOf('(') + 1, end),
    parent: fields[1] ?? 0,
    ownMs: ticks(11),
    endedMs: ticks(13),
  };
}
