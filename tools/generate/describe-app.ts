import { ConsoleLogger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { routesOf, type RouteDescription } from '@nx/authz';
import { describeSettings, loadConfig } from '@nx/config';
import type { ServiceName } from '@nx/contracts';
import { HttpModule, openApiDocument } from '@nx/http';
import { DOCUMENTED } from './services';

@Module({})
class DocumentedRoot {}

export interface AppDescription {
  readonly service: ServiceName;
  readonly openApi: object;
  readonly routes: readonly RouteDescription[];
}

/** Values that only have to be well-formed: nothing connects while an app is described. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  NODE_ENV: 'development',
  RUN_MODE: 'full',
  APP_ENV_POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/none',
  APP_ENV_REDIS_URL: 'redis://127.0.0.1:1',
  APP_ENV_KAFKA_BROKERS: '127.0.0.1:1',
  APP_ENV_JWKS_URL: 'http://127.0.0.1:1/jw-certs',
  // One of two names is needed, so neither is marked as required.
  APP_ENV_INVOICE_CREDENTIALS_KEYS: 'none:only-the-form-matters-here-0123456789',
};

/** The placeholders, and for every further required setting its own example. */
function placeholderEnvironment(config: new () => object): Record<string, string> {
  const required = describeSettings(config).filter((setting) => setting.required === 'always');
  const examples = required.flatMap(({ env: [name], example }) => (name === undefined ? [] : [[name, example]]));
  return { ...(Object.fromEntries(examples) as Record<string, string>), ...PLACEHOLDERS };
}

/**
 * Reads the routes of an app without making one of its providers: Nest's preview knows the graph of modules and the
 * decorators, which is all that the documents need.
 */
export async function describeApp(service: ServiceName): Promise<AppDescription> {
  const { options, config: type } = DOCUMENTED[service];
  const environment = placeholderEnvironment(type);
  for (const name of ['APP_ENV_APPLICATION_NAME', 'APP_ENV_APPLICATION_CODE']) delete environment[name];
  const config = loadConfig(type, environment);
  const root = { module: DocumentedRoot, imports: [HttpModule.forRoot(config), options.createModule(config)] };
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), {
    preview: true,
    abortOnError: false,
    logger: new StrictLogger(),
  });
  app.setGlobalPrefix(config.server.basePath.replace(/^\//, ''), { exclude: ['internal/{*path}'] });
  const openApi = openApiDocument(app, { ...options.openApi, version: config.application.version });
  return { service, openApi: sorted(openApi), routes: routesOf(app) };
}

/** Two classes of one name would be one schema, the last one's: the document would say what is not so of the other. */
class StrictLogger extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['error'] });
  }

  override warn(message: unknown): void {
    if (String(message).startsWith('Duplicate DTO')) throw new Error(String(message));
  }
}

/** Paths and schemas in the order of their names, so that moving a controller changes nothing here. */
function sorted(document: object): object {
  const { paths, components, ...rest } = document as {
    paths: Record<string, object>;
    components?: { schemas?: Record<string, object> };
  };
  const schemas = byName(components?.schemas ?? {});
  return { ...rest, paths: byName(paths), components: { ...components, schemas } };
}

const byName = (value: Record<string, object>): Record<string, object> =>
  Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
