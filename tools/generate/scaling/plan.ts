import type { BenchFigures } from './bench-figures';

/** What no bench here measures: each is a choice or an estimate, and the page says which. */
export const ASSUMED = {
  /** Of an e-invoice, core-milliseconds of its worker and of PostgreSQL. */
  invoiceWorker: 15,
  invoicePostgres: 10,
  /** Of what shops and buyers ask invoice's api for, for each sale. */
  invoiceApi: 2,
  /** An e-invoice leaves as many rows and as much log as its payment. */
  copiesOfRows: 2,
  recordsOfASale: 8,
  /** The average second's share of the busiest one. */
  averageShare: 0.2,
  /** A processor is this busy at the peak: a zone may fail. */
  busy: 0.5,
  /** Pods of a Deployment where load asks for less: one for each zone. */
  leastPods: 3,
  usdPerProcessor: 30,
  usdPerGbOfSsd: 0.12,
  usdPerGbOfArchive: 0.023,
  /** A year's rows as they lie in the archive. */
  archiveShare: 0.25,
  vndPerUsd: 26_000,
} as const;

const SIZES = [4, 8, 16, 32, 48, 64, 96, 128] as const;
export const LARGEST = 128;

/** Core-milliseconds of a sale by Deployment, and of its servers. */
export interface Costs {
  readonly deployments: ReadonlyMap<string, number>;
  readonly postgres: number;
  readonly redis: number;
}

/** The callback's part of payment's api goes by how many checkouts and callbacks the bench gets through in a second. */
export function costsOf(bench: BenchFigures): Costs {
  const callback = bench.checkoutsPerSecond / (bench.checkoutsPerSecond + bench.callbacksPerSecond);
  return {
    deployments: new Map([
      ['payment-api', bench.api * (1 - callback)],
      ['payment-ipn', bench.api * callback],
      ['payment-worker', bench.worker],
      ['invoice', ASSUMED.invoiceApi],
      ['invoice-worker', ASSUMED.invoiceWorker],
      ['signal', bench.signal],
    ]),
    postgres: bench.postgres + ASSUMED.invoicePostgres,
    redis: bench.redis,
  };
}

/** Sales per second that one processor carries at the share that is planned. */
export const perProcessor = (milliseconds: number): number => (1000 / milliseconds) * ASSUMED.busy;

/** Whole ones that carry the sales; what is above by a rounding of the machine is none more. */
const needed = (sales: number, milliseconds: number): number => Math.ceil(sales / perProcessor(milliseconds) - 1e-9);

export interface Plan {
  readonly sales: number;
  /** Processors that work at the peak. */
  readonly working: number;
  readonly pods: ReadonlyMap<string, number>;
  /** Processors of the primary and of each standby; undefined where no server is large enough. */
  readonly primary: number | undefined;
  readonly redis: number;
  readonly logMbPerSecond: number;
  readonly rowsGbPerDay: number;
  readonly ssdGb: number;
  readonly ssdDays: number;
  readonly usdOfProcessors: number;
  readonly usdOfSsd: number;
  readonly usdOfArchive: number;
}

const SECONDS_PER_DAY = 86_400;
export const SECONDS_PER_MONTH = 30 * SECONDS_PER_DAY;

/** What a peak needs. @param sales per second @param ssdDays days of rows that are kept at hand */
export function planOf(bench: BenchFigures, sales: number, ssdDays: number): Plan {
  const costs = costsOf(bench);
  const pods = new Map(
    [...costs.deployments].map(([name, milliseconds]) => [
      name,
      Math.max(ASSUMED.leastPods, needed(sales, milliseconds)),
    ]),
  );
  const ofServices = [...costs.deployments.values()].reduce((sum, cost) => sum + cost, 0);
  const wanted = needed(sales, costs.postgres);
  const primary = SIZES.find((size) => size >= wanted);
  const redis = needed(sales, costs.redis);
  const gb = (kib: number): number => (kib * 1024) / 1e9;
  const rowsGbPerDay = gb(bench.rowsKib * ASSUMED.copiesOfRows) * sales * ASSUMED.averageShare * SECONDS_PER_DAY;
  const ssdGb = rowsGbPerDay * ssdDays * 3;
  // A small system shares its machines: pods rest on what they ask for, and three machines of four processors carry all.
  const together = [...pods.values()].reduce((sum, count) => sum + count, 0) + 3 * (primary ?? LARGEST) + redis + 24;
  const processors = sales < 100 ? 12 : together;
  return {
    sales,
    working: (sales * (ofServices + costs.postgres + costs.redis)) / 1000,
    pods,
    primary,
    redis,
    logMbPerSecond: gb(bench.logKib * ASSUMED.copiesOfRows) * 1000 * sales,
    rowsGbPerDay,
    ssdGb,
    ssdDays,
    usdOfProcessors: processors * ASSUMED.usdPerProcessor,
    usdOfSsd: ssdGb * ASSUMED.usdPerGbOfSsd,
    usdOfArchive: rowsGbPerDay * 365 * ASSUMED.archiveShare * ASSUMED.usdPerGbOfArchive,
  };
}
