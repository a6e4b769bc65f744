import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigError, type PlatformConfig } from '@nx/config';
import { armFailPoints, parseFailPoint } from '@nx/fail-points';
import { HealthRegistry, Logger, Metrics, startMetricsServer } from '@nx/observability';
import { createApp } from './create-app';
import { RunningRequests, stopGracefully } from './graceful-stop';
import type { ProgressLog, ServiceOptions } from './service-options';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const printError = (line: string): void => void process.stderr.write(`${line}\n`);

/** `migrate` is watched by people and by a Job's log, so it prints lines and no JSON. */
const progress: ProgressLog = (message, fields) => {
  const facts = Object.entries(fields ?? {}).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  print(['migrate:', message, ...facts].join(' '));
};

/**
 * Starts a service in the mode of its configuration and returns once its port is open. `migrate` does its work and
 * ends the process with 0. A bad configuration, or a start that fails, is told in readable lines; exit code 1.
 */
export async function runService<C extends PlatformConfig>(options: ServiceOptions<C>): Promise<void> {
  try {
    const config = typeof options.config === 'function' ? options.config() : options.config;
    if (config.mode === 'migrate') {
      await options.migrate(config, progress);
      print(`migrate: ${options.service} done`);
      return process.exit(0);
    }
    await serve({ ...options, config });
  } catch (error) {
    explain(options.service, error);
    process.exit(1);
  }
}

async function serve<C extends PlatformConfig>(options: ServiceOptions<C> & { readonly config: C }): Promise<void> {
  const { config } = options;
  const { armed, recordFile } = config.failPoints;
  armFailPoints({ service: options.service, armed: armed.map(parseFailPoint), recordFile });
  const app = await createApp(options);
  const logger = app.get(Logger);
  if (armed.length > 0) logger.warn('fail points are armed: this process will end or stop by itself', { armed });
  logger.info('starting', { service: options.service, mode: config.mode, version: config.application.version });
  if (config.mode === 'full' && config.application.environment === 'production') {
    logger.warn('mode full in production: api and worker share one process', { mode: config.mode });
  }
  const metrics = await startMetricsServer(app.get(Metrics), config.observability.metricsPort, config.server.host);
  const requests = new RunningRequests(app.getHttpServer());
  const running: Running = { app, metrics, requests, logger, graceMs: config.server.shutdownGraceMs };
  try {
    await app.init();
    await options.beforeListen?.(app);
    await app.startAllMicroservices();
    const { port, host, backlog } = config.server;
    await app.listen({ port, host, backlog });
  } catch (error) {
    await giveBack(running);
    throw error;
  }
  stopOnSignal(running);
  logger.info('listening', { mode: config.mode, address: await app.getUrl() });
}

interface Running {
  readonly app: NestFastifyApplication;
  readonly metrics: Server;
  readonly requests: RunningRequests;
  readonly logger: Logger;
  readonly graceMs: number;
}

/**
 * A start that fails holds things already, a node id among them: were it kept, the next start would complain about it
 * and not about the cause. What is not given back within the grace time ends with the process.
 */
async function giveBack({ app, metrics, requests, logger, graceMs }: Running): Promise<void> {
  const stopped = stopGracefully(app, app.get(HealthRegistry), requests, metrics).catch((error: unknown) =>
    logger.error('what a failed start holds was not given back', { error }),
  );
  await Promise.race([stopped, pause(graceMs)]);
}

/** SIGTERM and SIGINT stop the service once; what still runs after the grace time is cut off with exit code 1. */
function stopOnSignal({ app, metrics, requests, logger, graceMs }: Running): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info('stopping', { signal });
    const deadline = setTimeout(() => {
      logger.error('stop took too long', { graceMs });
      process.exit(1);
    }, graceMs);
    stopGracefully(app, app.get(HealthRegistry), requests, metrics)
      .then(() => {
        clearTimeout(deadline);
        logger.info('stopped', { signal });
        process.exit(0);
      })
      .catch((error: unknown) => {
        logger.error('stop failed', { error });
        process.exit(1);
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

const explain = (service: string, error: unknown): void => {
  if (error instanceof ConfigError) {
    printError(`${service} does not start: ${error.problems.length} problem(s) in the configuration`);
    for (const { env, problem } of error.problems) printError(`  ${env}: ${problem}`);
    return;
  }
  printError(`${service} does not start: ${error instanceof Error ? error.message : 'unknown reason'}`);
  if (error instanceof Error && error.stack !== undefined) printError(error.stack);
};
