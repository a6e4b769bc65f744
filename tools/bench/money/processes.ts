import { runOrFail } from '../../infra/shell.mjs';
import { ROOT } from '../../infra/paths.mjs';
import type { ServiceKey } from '../../environment.mjs';
import type { ServiceProcess } from '../../system.mjs';
import { startBenchSystem } from '../bench-system';
import { median } from '../in-turns';
import type { GoalKey } from '../goals';
import type { Measurement } from './measurement';
import type { Sample } from '../outcome';

const SERVICES = ['payment', 'invoice', 'signal'] as const satisfies readonly ServiceKey[];
/** By then caches are filled, consumers have their partitions, and what the start needed is collected. */
const SETTLE_MS = 4_000;

const BOOT: Readonly<Record<ServiceKey, GoalKey>> = {
  payment: 'bootPayment',
  invoice: 'bootInvoice',
  signal: 'bootSignal',
};
const MEMORY: Readonly<Record<ServiceKey, GoalKey>> = {
  payment: 'memoryPayment',
  invoice: 'memoryInvoice',
  signal: 'memorySignal',
};

/** Each service in one process, as it is started in development: until it is ready, and what it holds when idle. */
export const processesMeasurement: Measurement = {
  name: 'money processes',
  goals: SERVICES.flatMap((service) => [BOOT[service], MEMORY[service]]),
  measure: async ({ log, rounds }) => {
    const processes = SERVICES.map((service) => ({ name: service, service, mode: 'full' as const }));
    const bench = await startBenchSystem({ processes }, log);
    try {
      const boots = new Map<ServiceKey, number[]>();
      const memories = new Map<ServiceKey, number[]>();
      for (const child of bench.system.processes) await child.stop();
      for (let round = 0; round < rounds; round += 1) {
        for (const child of bench.system.processes) {
          const { seconds, megabytes } = await bootOnce(child);
          add(boots, child.service, seconds);
          add(memories, child.service, megabytes);
        }
      }
      const samples: Partial<Record<GoalKey, Sample>> = {};
      for (const service of SERVICES) {
        samples[BOOT[service]] = { names: ['from its start until it is ready'], figures: [boots.get(service) ?? []] };
        samples[MEMORY[service]] = { names: ['resident when idle'], figures: [memories.get(service) ?? []] };
      }
      return samples;
    } finally {
      await bench.close();
    }
  },
};

/** `npm start` on a clone that is installed, built and has its servers running: until the first sale is through. */
export const startMeasurement: Measurement = {
  name: 'money start',
  goals: ['start'],
  measure: async ({ rounds }) => {
    const figures: number[] = [];
    // The first one may have to install or build.
    for (let round = -1; round < rounds; round += 1) {
      const begin = performance.now();
      await runOrFail('npm', ['start', '--', '--once'], { cwd: ROOT, timeoutMs: 300_000 });
      if (round >= 0) figures.push((performance.now() - begin) / 1000);
    }
    return { start: { names: ['npm start -- --once, servers running'], figures: [figures] } };
  },
};

const add = (figures: Map<ServiceKey, number[]>, service: ServiceKey, figure: number): void => {
  figures.set(service, [...(figures.get(service) ?? []), figure]);
};

async function bootOnce(child: ServiceProcess): Promise<{ seconds: number; megabytes: number }> {
  const begin = performance.now();
  await child.start();
  const seconds = (performance.now() - begin) / 1000;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const resident = await residentMegabytes(child.pid ?? 0);
  await child.stop();
  return { seconds, megabytes: resident };
}

/** The median of some looks: a collection of garbage may be under way. */
async function residentMegabytes(pid: number): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 3; look += 1) {
    const kilobytes = await runOrFail('ps', ['-o', 'rss=', '-p', String(pid)]);
    looks.push(Number(kilobytes.trim()) / 1024);
  }
  return median(looks);
}
