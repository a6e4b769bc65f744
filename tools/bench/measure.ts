import { Bench } from 'tinybench';
import type { Benchmark, Figure } from './benchmark';
import { median } from './in-turns';

export interface MeasureOptions {
  readonly rounds: number;
  /** How long subject and floor run in each round, in milliseconds. */
  readonly timeMs: number;
}

/**
 * Measures subject and floor in turns, so that whatever else the machine does meets both; the order changes with every
 * round, so that neither always runs on the warmer machine. A ratio is taken within a round, never across rounds.
 */
export async function measure(benchmark: Benchmark, { rounds, timeMs }: MeasureOptions): Promise<Figure> {
  await round(benchmark, timeMs / 2, false);
  const results: { subject: number; floor: number }[] = [];
  for (let index = 0; index < rounds; index++) results.push(await round(benchmark, timeMs, index % 2 === 1));
  const ratios = results.map(({ subject, floor }) => subject / floor).sort((a, b) => a - b);
  return {
    name: benchmark.name,
    what: benchmark.what,
    floor: benchmark.floor.what,
    perSecond: median(results.map(({ subject }) => subject)),
    floorPerSecond: median(results.map(({ floor }) => floor)),
    ratio: median(ratios),
    lowestRatio: ratios[0] ?? Number.NaN,
    highestRatio: ratios.at(-1) ?? Number.NaN,
  };
}

async function round(benchmark: Benchmark, timeMs: number, floorFirst: boolean) {
  const names = floorFirst ? (['floor', 'subject'] as const) : (['subject', 'floor'] as const);
  const bench = new Bench({ time: timeMs, iterations: 5, warmup: false, throws: true });
  for (const name of names) bench.add(name, name === 'floor' ? benchmark.floor.run : benchmark.subject);
  await bench.run();
  return { subject: callsPerSecond(bench, 'subject'), floor: callsPerSecond(bench, 'floor') };
}

/** From the mean, not from the median: garbage collection is part of what a call costs. */
function callsPerSecond(bench: Bench, name: string): number {
  const result = bench.getTask(name)?.result;
  if (result === undefined || !('latency' in result)) throw new Error(`${name} was not measured`);
  return 1000 / result.latency.mean;
}
