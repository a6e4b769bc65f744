import { Inject, Injectable } from '@nestjs/common';
import { SERVICES, type Clock } from '@nx/contracts';
import { areSilent } from '@nx/messaging';
import { CLOCK, Logger, Metrics, type Gauge } from '@nx/observability';
import { InvoiceConfig } from '../invoice.config';

/** The connector gives a sign of life every ten seconds, also when no merchant changes. */
const SILENT_AFTER_MS = 60_000;

/**
 * Tells whether commerce's connector lives: a feed in which nothing comes looks like a quiet day. Where the connector
 * has never been, nothing is told.
 */
@Injectable()
export class ConnectorSilence {
  constructor(
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const help = "1 when commerce's connector has given no sign of life for a minute";
    metrics.gauge('invoice_cdc_connector_silent', help, [], (gauge) => this.tell(gauge));
  }

  private async tell(gauge: Gauge): Promise<void> {
    const { kafka, neighbours } = this.config;
    const silent = await areSilent({
      config: kafka,
      clientId: `${kafka.clientId ?? SERVICES.invoice.code}_SIGNS`,
      topics: signsOfLife(neighbours.cdcTopics),
      sinceMs: this.clock.now() - SILENT_AFTER_MS,
      logger: this.logger,
    });
    if (silent === undefined) gauge.remove();
    else gauge.set(silent ? 1 : 0);
  }
}

/** Where Debezium writes them: a feed is called `<connector>.<schema>.<table>`. */
export const signsOfLife = (feeds: readonly string[]): string[] => [
  ...new Set(
    feeds
      .map((feed) => feed.split('.').slice(0, -2).join('.'))
      .filter((connector) => connector !== '')
      .map((connector) => `__debezium-heartbeat.${connector}`),
  ),
];
