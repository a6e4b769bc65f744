import type { FastifyInstance } from 'fastify';
import { runWithContext, type Logger, type Metrics } from '@nx/observability';
import type { HttpRequest } from './request';

/** Routes that a balancer asks every few seconds: their lines would drown the others. */
const QUIET = /\/(healthz|readyz|health)(\/|$)/;

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * One line and one measurement per request. The line's members are a fixed list: neither query, headers nor bodies
 * are ever in it; the path is the route's pattern, because ids in a path may be claim tokens.
 */
export function installRequestLog(server: FastifyInstance, logger: Logger, metrics: Metrics): void {
  const duration = metrics.histogram(
    'http_request_duration_seconds',
    'Time to answer',
    ['method', 'route', 'status'],
    SECONDS,
  );
  server.addHook('onResponse', (request: HttpRequest, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    duration.observe({ method: request.method, route, status: String(reply.statusCode) }, durationMs / 1000);
    if (QUIET.test(route) && reply.statusCode < 500) return done();
    const line = { method: request.method, route, status: reply.statusCode, durationMs };
    if (request.nxContext === undefined) logger.info('request', line);
    else runWithContext(request.nxContext, () => logger.info('request', line));
    done();
  });
}
