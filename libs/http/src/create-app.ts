import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Module, type DynamicModule } from '@nestjs/common';
import type { PlatformConfig } from '@nx/config';
import { Logger, Metrics, NestLoggerAdapter } from '@nx/observability';
import { answerClientError } from './client-errors';
import { installAddressLimit, RateLimiter } from './rate-limit';
import { installBodyParsing } from './body-parsing';
import { installFailPoints, installRequestContext } from './request-context';
import { installRequestLog } from './request-log';
import { HttpModule } from './http.module';
import { openApiDocument, serveOpenApi } from './open-api';
import { ProblemFilter } from './problem.filter';
import { RequestValidationPipe } from './validation';
import type { ServiceOptions } from './service-options';

/** Limits against slow and oversized requests, in milliseconds and bytes. */
const HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Longer than the balancer's idle time, or it would write to connections that we just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** Only neighbours of the private network may say for whom they forward. */
const TRUSTED_PROXIES = 'loopback, linklocal, uniquelocal';

@Module({})
class ServiceRoot {}

/** The adapter with the limits of the platform; the clock of the limits is the server's own. */
export function createAdapter(config: PlatformConfig): FastifyAdapter {
  return new FastifyAdapter({
    http: { maxHeaderSize: HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1000 },
    bodyLimit: config.server.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    routerOptions: { maxParamLength: 256 },
    trustProxy: TRUSTED_PROXIES,
    clientErrorHandler: answerClientError,
    genReqId: () => randomUUID(),
    logger: false,
  });
}

/**
 * Builds the whole application without opening a port: tests and the OpenAPI generator use it. The configuration
 * must be loaded.
 */
export async function createApp<C extends PlatformConfig>(
  options: ServiceOptions<C> & { readonly config: C },
): Promise<NestFastifyApplication> {
  const { config } = options;
  const root: DynamicModule = {
    module: ServiceRoot,
    imports: [HttpModule.forRoot(config), options.createModule(config)],
  };
  const app = await NestFactory.create<NestFastifyApplication>(root, createAdapter(config), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
    forceCloseConnections: false,
  });
  const logger = app.get(Logger);
  app.useLogger(new NestLoggerAdapter(logger));
  const server = app.getHttpAdapter().getInstance();
  installRequestContext(server);
  installFailPoints(server, config.server.basePath);
  installRequestLog(server, logger, app.get(Metrics));
  installAddressLimit(server, app.get(RateLimiter));
  installBodyParsing(server);
  await app.register(helmet, { contentSecurityPolicy: CONTENT_SECURITY_POLICY });
  if (config.server.corsOrigins.length > 0)
    app.enableCors({
      origin: config.server.corsOrigins,
      credentials: false,
      maxAge: 600,
      exposedHeaders: EXPOSED_HEADERS,
    });
  app.setGlobalPrefix(config.server.basePath.replace(/^\//, ''), { exclude: ['internal/{*path}'] });
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(
    new ProblemFilter(logger, { isInfrastructureError: options.isInfrastructureError ?? (() => false) }),
  );
  if (config.mode !== 'worker') {
    serveOpenApi(
      app,
      config.server.basePath,
      openApiDocument(app, { ...options.openApi, version: config.application.version }),
    );
  }
  for (const strategy of options.strategies?.(app) ?? [])
    app.connectMicroservice({ strategy }, { inheritAppConfig: false });
  return app;
}

const EXPOSED_HEADERS = ['x-request-id', 'idempotency-replayed', 'retry-after'];

/** Swagger UI needs inline styles and data images; scripts come from ourselves alone. */
const CONTENT_SECURITY_POLICY = {
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    frameAncestors: ["'none'"],
    upgradeInsecureRequests: null,
  },
};
