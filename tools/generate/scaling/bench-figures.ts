/** What the bench measured of one payment, as its page says it. */
export interface BenchFigures {
  /** Core-milliseconds of a payment by part. */
  readonly api: number;
  readonly worker: number;
  readonly signal: number;
  readonly postgres: number;
  readonly redis: number;
  /** Checkouts and callbacks per second over HTTP: how the api's time divides. */
  readonly checkoutsPerSecond: number;
  readonly callbacksPerSecond: number;
  /** KiB of rows with their indexes, and of log, that a payment leaves. */
  readonly rowsKib: number;
  readonly logKib: number;
}

/**
 * Reads the page that `npm run bench` writes.
 * @throws Error that names the figure which the page does not have
 */
export function benchFigures(page: string): BenchFigures {
  const figure = (what: string, pattern: RegExp): number => {
    const found = Number(pattern.exec(page)?.[1]?.replaceAll(',', '') ?? Number.NaN);
    if (found > 0) return found;
    throw new Error(
      `docs/generated/bench.md has no figure of ${what}; run the bench whole, or let tools/generate/scaling read its new form`,
    );
  };
  const part = (name: string): number => figure(name, new RegExp(`^\\| ${name} \\| ([\\d.,]+) \\|`, 'm'));
  const rate = (name: string): number => figure(name, new RegExp(`^\\| ${name}:[^|]*\\| ([\\d.,]+)/s \\|`, 'm'));
  return {
    api: part('payment-api'),
    worker: part('payment-worker'),
    signal: part('signal'),
    postgres: part('PostgreSQL'),
    redis: part('Redis'),
    checkoutsPerSecond: rate('Checkout'),
    callbacksPerSecond: rate('IPN intake'),
    rowsKib: figure('rows', /leaves ([\d.,]+) KiB in the database/),
    logKib: figure('log', /writes ([\d.,]+) KiB of log/),
  };
}
