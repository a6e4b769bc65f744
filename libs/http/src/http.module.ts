import { Global, Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { Clock } from '@nx/contracts';
import { PlatformConfig } from '@nx/config';
import { CLOCK, Metrics } from '@nx/observability';
import { AnswerInterceptor } from './answer';
import { HEALTH_CONTROLLERS } from './health.controller';
import { OutboundClient } from './outbound-client';
import { failFastRedis, RateLimiter, SubjectRateInterceptor } from './rate-limit';

/** Nest tells dynamic modules apart by reference: a second one would route the probes twice. */
const made = new WeakMap<PlatformConfig, DynamicModule>();

/** Probes, `/internal` health, rate limits and the outbound client; every mode of every service has it. */
@Global()
@Module({})
export class HttpModule implements OnApplicationShutdown {
  constructor(
    @Inject(RateLimiter) private readonly limiter: RateLimiter,
    @Inject(OutboundClient) private readonly outbound: OutboundClient,
  ) {}

  /** `config` as loaded by the app. `createApp` adds this module by itself; asked again it gives the same one. */
  static forRoot(config: PlatformConfig): DynamicModule {
    const known = made.get(config) ?? HttpModule.make(config);
    made.set(config, known);
    return known;
  }

  private static make(config: PlatformConfig): DynamicModule {
    return {
      module: HttpModule,
      controllers: HEALTH_CONTROLLERS,
      providers: [
        {
          provide: RateLimiter,
          useFactory: (clock: Clock, metrics: Metrics) =>
            new RateLimiter(failFastRedis(config.cacheRedis), config.rateLimit, clock, metrics),
          inject: [CLOCK, Metrics],
        },
        { provide: OutboundClient, useFactory: () => new OutboundClient() },
        { provide: APP_INTERCEPTOR, useClass: SubjectRateInterceptor },
        { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
      ],
      exports: [RateLimiter, OutboundClient],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    this.limiter.close();
    await this.outbound.close();
  }
}
