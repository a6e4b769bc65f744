import { Global, Inject, Module, type DynamicModule, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import type { JwksConfig } from '@nx/config';
import type { Clock } from '@nx/contracts';
import { CLOCK, HealthRegistry, Logger, Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AccessControl } from './access-control';
import { AuthzGuard } from './authz.guard';
import { EpochWatch } from './epoch-watch';
import { KeyStore } from './key-store';
import { PolicyRows } from './policy-rows';
import { IdentityStrategy, TokenVerifier } from './token-verifier';

export interface AuthzOptions {
  readonly jwks: JwksConfig;
  /** Whether calls from the machine itself may use `/internal` without a token; off behind a sidecar. */
  readonly trustLoopback?: boolean;
}

/** Authentication and authorization of all HTTP routes, and `TokenVerifier` and `AccessControl` for the rest. */
@Global()
@Module({})
export class AuthzModule implements OnModuleInit, OnModuleDestroy {
  constructor(
    @Inject(KeyStore) private readonly keys: KeyStore,
    @Inject(EpochWatch) private readonly watch: EpochWatch,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  static forRoot(options: AuthzOptions): DynamicModule {
    const { jwks, trustLoopback = true } = options;
    return {
      module: AuthzModule,
      imports: [PassportModule],
      providers: [
        {
          provide: KeyStore,
          useFactory: (clock: Clock, logger: Logger) => new KeyStore(jwks, clock, logger),
          inject: [CLOCK, Logger],
        },
        {
          provide: IdentityStrategy,
          useFactory: (keys: KeyStore) => new IdentityStrategy(keys, jwks),
          inject: [KeyStore],
        },
        {
          provide: TokenVerifier,
          useFactory: (strategy: IdentityStrategy, keys: KeyStore) => new TokenVerifier(strategy, keys),
          inject: [IdentityStrategy, KeyStore],
        },
        { provide: PolicyRows, useFactory: (database: Database) => new PolicyRows(database), inject: [Database] },
        {
          provide: AccessControl,
          useFactory: (rows: PolicyRows, clock: Clock, logger: Logger) => new AccessControl(rows, clock, logger),
          inject: [PolicyRows, CLOCK, Logger],
        },
        {
          provide: EpochWatch,
          useFactory: (access: AccessControl, logger: Logger) => new EpochWatch(access, logger),
          inject: [AccessControl, Logger],
        },
        {
          provide: APP_GUARD,
          useFactory: (reflector: Reflector, verifier: TokenVerifier, access: AccessControl, logger: Logger) =>
            new AuthzGuard(reflector, verifier, access, logger, { trustLoopback }),
          inject: [Reflector, TokenVerifier, AccessControl, Logger],
        },
      ],
      exports: [TokenVerifier, AccessControl],
    };
  }

  onModuleInit(): void {
    this.health.register({
      name: 'jwks',
      readiness: true,
      check: () => (this.keys.isUsable() ? { ok: true } : { ok: false, detail: 'no usable key set of identity' }),
    });
    this.metrics.gauge('jwks_age_seconds', 'Age of the key set of identity; NaN before the first', [], (gauge) => {
      gauge.set((this.keys.ageMs() ?? Number.NaN) / 1000);
    });
    this.keys.start();
    this.watch.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.keys.stop();
    await this.watch.stop();
  }
}
