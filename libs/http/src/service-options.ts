import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { PlatformConfig } from '@nx/config';
import type { ServiceName } from '@nx/contracts';

/** A line that `migrate` prints: what was done, with its facts. */
export type ProgressLog = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** What a service says about itself; `runService` does the rest. */
export interface ServiceOptions<C extends PlatformConfig> {
  readonly service: ServiceName;
  /** The loaded configuration, or how to load it: then a `ConfigError` is printed line by line and the exit code is 1. */
  readonly config: C | (() => C);
  /** The app's root module. In mode `worker` it leaves its controllers out; `config.mode` tells. */
  createModule(config: C): DynamicModule;
  /** Kafka consumers of this mode. */
  strategies?(app: INestApplicationContext): CustomTransportStrategy[];
  /** Migrations, seeds and topics; must be repeatable. */
  migrate(config: C, log: ProgressLog): Promise<void>;
  readonly openApi: { readonly title: string; readonly description: string };
  /** Runs after the modules are up and before the port opens. */
  beforeListen?(app: NestFastifyApplication): Promise<void>;
  /** Errors that mean "a dependency is away" and are answered with 503 instead of 500. */
  readonly isInfrastructureError?: (error: unknown) => boolean;
}
