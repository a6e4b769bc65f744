import { Global, Module, type DynamicModule } from '@nestjs/common';
import { systemClock, type ObservabilityConfig, type RunMode } from '@nx/config';
import type { Clock } from '@nx/contracts';
import { HealthRegistry } from './health';
import { Logger } from './logger';
import { Metrics } from './metrics';

/** Nest token of the clock: `@Inject(CLOCK) clock: Clock`. */
export const CLOCK = Symbol('CLOCK');

export interface ObservabilityOptions {
  service: string;
  mode: RunMode;
  config: Pick<ObservabilityConfig, 'logLevel'>;
  /** A logger that exists already: the one that wrote the first lines of the start. */
  logger?: Logger;
  /** Tests move the time with a clock of their own. */
  clock?: Clock;
}

/** Readiness as metrics see it: what stands in the way, whose probe is answered elsewhere. */
function measuredHealth(metrics: Metrics): HealthRegistry {
  const health = new HealthRegistry();
  const help = 'Whether what this process needs is there (1) or not (0)';
  metrics.gauge('health_indicator_ready', help, ['indicator'], async (gauge) => {
    const { indicators } = await health.ready();
    gauge.reset();
    for (const { name, ok } of indicators) gauge.set({ indicator: name }, ok ? 1 : 0);
  });
  return health;
}

/** Logger, Metrics, HealthRegistry and the clock, everywhere. */
@Global()
@Module({})
export class ObservabilityModule {
  static forRoot(options: ObservabilityOptions): DynamicModule {
    const { service, mode, config } = options;
    const logger = options.logger ?? Logger.create({ service, mode, level: config.logLevel });
    return {
      module: ObservabilityModule,
      providers: [
        { provide: Logger, useValue: logger },
        { provide: Metrics, useFactory: () => new Metrics({ service, mode }) },
        { provide: HealthRegistry, inject: [Metrics], useFactory: measuredHealth },
        { provide: CLOCK, useValue: options.clock ?? systemClock },
      ],
      exports: [Logger, Metrics, HealthRegistry, CLOCK],
    };
  }
}
