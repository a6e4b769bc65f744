import {
  Global,
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { PlatformConfig } from '@nx/config';
import { HealthRegistry, Logger, Metrics } from '@nx/observability';
import { Database, type Entities } from './database';
import { SchemaCheck } from './schema-check';

export interface PersistenceOptions {
  entities?: Entities;
  /** Only where the role's own search path does not serve. */
  searchPath?: string;
  /** Whose migrations are checked; the configured application's name when not given. */
  service?: string;
}

const OPTIONS = Symbol('PERSISTENCE_OPTIONS');

@Injectable()
class PersistenceLifecycle implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly database: Database,
    private readonly health: HealthRegistry,
    private readonly config: PlatformConfig,
    @Inject(OPTIONS) private readonly options: PersistenceOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    const { application } = this.config;
    const schema = new SchemaCheck(this.database, this.options.service ?? application.name, application.version);
    this.health.register({
      name: 'postgres',
      readiness: true,
      check: async () => {
        await this.database.ping();
        const { total, idle, waiting, max } = this.database.poolState();
        return { ok: true, detail: `${total - idle} of ${max} connections busy, ${waiting} waiting` };
      },
    });
    this.health.register({ name: 'schema', readiness: true, check: () => schema.check() });
    await this.database.start();
  }

  /** The last to go: other modules write at their own stop, which happens before. */
  async onApplicationShutdown(): Promise<void> {
    await this.database.stop();
  }
}

/** The Database, everywhere. The process starts also when PostgreSQL is away: it is not ready then. */
@Global()
@Module({})
export class PersistenceModule {
  static forRoot(options: PersistenceOptions): DynamicModule {
    return {
      module: PersistenceModule,
      providers: [
        { provide: OPTIONS, useValue: options },
        {
          provide: Database,
          inject: [PlatformConfig, Logger, Metrics],
          useFactory: (config: PlatformConfig, logger: Logger, metrics: Metrics) =>
            new Database({
              postgres: config.postgres,
              applicationName: `nx-${config.application.name}-${config.mode}`,
              entities: options.entities ?? [],
              ...(options.searchPath === undefined ? {} : { searchPath: options.searchPath }),
              logger,
              metrics,
            }),
        },
        PersistenceLifecycle,
      ],
      exports: [Database],
    };
  }
}
