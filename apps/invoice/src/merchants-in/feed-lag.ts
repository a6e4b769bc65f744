import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Metrics, type Histogram } from '@nx/observability';
import type { MerchantNews } from './merchant-change';

/** Seconds; fine around the alert's limit of a minute. */
const BUCKETS = [1, 2, 3, 5, 10, 20, 40, 60, 120, 300, 900, 3600];

/** How long commerce's changes are on their way: the connector, the broker and the consumer together. */
@Injectable()
export class FeedLag {
  private readonly seconds: Histogram;

  constructor(
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const help = "From a change's commit at commerce to its end here";
    this.seconds = metrics.histogram('invoice_cdc_lag_seconds', help, [], BUCKETS);
  }

  /** A row that a snapshot reads was changed at some time before: it says nothing about the way. */
  handled({ op, at }: MerchantNews): void {
    if (op === 'r' || at === null) return;
    // Commerce's clock may be ahead of this one.
    this.seconds.observe(Math.max(0, this.clock.now() - at.getTime()) / 1_000);
  }
}
