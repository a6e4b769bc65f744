import { Global, Inject, Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { HealthRegistry, Logger, Metrics } from '@nx/observability';
import type { BusRedisSettings } from './bus-connection';
import { BusEmitter } from './bus-emitter';

@Injectable()
class RealtimeLifecycle implements OnApplicationShutdown {
  constructor(
    @Inject(BusEmitter) private readonly bus: BusEmitter,
    health: HealthRegistry,
  ) {
    // Pushes are hints: their absence is shown, and does not make the service unready.
    health.register({ name: 'realtime-bus', readiness: false, deep: true, check: () => ({ ok: this.bus.isReady() }) });
  }

  onApplicationShutdown(): void {
    this.bus.close();
  }
}

/** `BusEmitter` everywhere, over a connection of its own. Health `realtime-bus` for operators. */
@Global()
@Module({})
export class RealtimeModule {
  static forRoot(options: { redis: BusRedisSettings }): DynamicModule {
    return {
      module: RealtimeModule,
      providers: [
        {
          provide: BusEmitter,
          inject: [Logger, Metrics],
          useFactory: (logger: Logger, metrics: Metrics) => new BusEmitter({ redis: options.redis, logger, metrics }),
        },
        RealtimeLifecycle,
      ],
      exports: [BusEmitter],
    };
  }
}
