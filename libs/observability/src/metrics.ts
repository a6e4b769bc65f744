import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { answerWithin } from './answer-within';

export type { Counter, Gauge, Histogram } from 'prom-client';

/** Seconds; from a fast statement to a slow provider. */
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Seconds of a checkout or refund; fine around the limits of the alerts, 3 and 8 or 5 and 15. */
export const PROCESSING_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 7, 8, 10, 15, 20, 30];

/** A gauge is waited for so long; well below the time in which a scrape is given up. */
const GAUGE_PATIENCE_MS = 2000;

/** The process's metrics. Asking again for a name gives the same metric. Labels carry no merchant or user ids. */
export class Metrics {
  readonly registry = new Registry();

  constructor(options: { service?: string; mode?: string; processMetrics?: boolean } = {}) {
    const { service, mode } = options;
    if (service !== undefined) this.registry.setDefaultLabels({ service, ...(mode === undefined ? {} : { mode }) });
    if (options.processMetrics ?? true) collectDefaultMetrics({ register: this.registry });
  }

  /**
   * `known` label sets are shown as 0 from the start: a series that begins with its first event looks to an alert as if
   * nothing had happened.
   */
  counter(
    name: string,
    help: string,
    labels: readonly string[] = [],
    known: readonly Readonly<Record<string, string>>[] = [],
  ): Counter {
    const existing = this.existing(name, Counter);
    if (existing) return existing;
    const counter = new Counter({ name, help, labelNames: [...labels], registers: [this.registry] });
    for (const values of known) counter.inc(values, 0);
    return counter;
  }

  /**
   * `collect` sets the gauge's value each time the metrics are read. One that fails or says nothing for two seconds,
   * because what it asks is away or frozen, leaves this gauge out and is counted; the others are shown.
   */
  gauge(
    name: string,
    help: string,
    labels: readonly string[] = [],
    collect?: (gauge: Gauge) => void | Promise<void>,
  ): Gauge {
    const known = this.existing(name, Gauge);
    if (known) return known;
    const options = { name, help, labelNames: [...labels], registers: [this.registry] };
    if (!collect) return new Gauge(options);
    const failures = this.counter('metrics_gauges_failed_total', 'Gauges that could not be read', ['gauge']);
    let asked: Promise<void> | undefined;
    return new Gauge({
      ...options,
      async collect(this: Gauge) {
        // What a frozen server still owes an answer is not asked a second time.
        asked ??= Promise.resolve(this)
          .then(collect)
          .finally(() => (asked = undefined));
        try {
          await answerWithin(asked, GAUGE_PATIENCE_MS);
        } catch {
          // An old value, or a zero, would say that all is well.
          if (labels.length === 0) this.remove();
          else this.reset();
          failures.inc({ gauge: name });
        }
      },
    });
  }

  histogram(
    name: string,
    help: string,
    labels: readonly string[] = [],
    buckets: readonly number[] = DEFAULT_BUCKETS,
  ): Histogram {
    const known = this.existing(name, Histogram);
    if (known) return known;
    return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [this.registry] });
  }

  /** Text format of Prometheus. */
  render(): Promise<string> {
    return this.registry.metrics();
  }

  private existing<T>(name: string, type: abstract new (...args: never[]) => T): T | undefined {
    const metric: unknown = this.registry.getSingleMetric(name);
    if (metric === undefined) return undefined;
    if (metric instanceof type) return metric;
    throw new Error(`the metric ${name} exists as another kind`);
  }
}
