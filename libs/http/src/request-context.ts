import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { during, failPoint, failPointsOn } from '@nx/fail-points';
import { runWithContext, type RequestContext } from '@nx/observability';
import { headerCount, singleHeader, type HttpRequest } from './request';
import { settingsIn } from './route-settings';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** W3C Trace Context, version 00: trace id and parent id must not be all zeros. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const newRequestId = (): string => randomBytes(12).toString('base64url');

/** Continues the caller's trace with a span of our own, or begins one. */
const continueTrace = (received: string | undefined): string => {
  const span = randomBytes(8).toString('hex');
  if (received === undefined || !TRACEPARENT.test(received)) return `00-${randomBytes(16).toString('hex')}-${span}-00`;
  return `00-${received.slice(3, 35)}-${span}-${received.slice(53)}`;
};

/** The request's id, also for requests that were refused before the first hook ran. */
export const requestIdOf = (request: HttpRequest): string => (request.nxContext ??= contextOf(request)).requestId;

/** Builds the context of a request from its headers; an id that breaks the rule or stands twice is replaced. */
export function contextOf(request: HttpRequest): RequestContext {
  const given = headerCount(request, 'x-request-id') === 1 ? singleHeader(request, 'x-request-id') : undefined;
  return {
    requestId: given !== undefined && REQUEST_ID.test(given) ? given : newRequestId(),
    traceparent: continueTrace(singleHeader(request, 'traceparent')),
  };
}

/** The route as fail points name it: without the base path, and without colons before its parameters. */
const routeLabel = (request: HttpRequest, basePath: string): string => {
  const { url = '/unknown' } = request.routeOptions;
  const path = url.startsWith(`${basePath}/`) ? url.slice(basePath.length) : url;
  return `${request.method}${path.replaceAll(/:(\w+)/g, '{$1}')}`;
};

/** Requests that only read change nothing by being answered; a provider's callback may come as a GET. */
const isAnswerOfInterest = (request: HttpRequest): boolean =>
  !['GET', 'HEAD', 'OPTIONS'].includes(request.method) || settingsIn(request.routeOptions.config).unparsed === true;

/** Names the work of a request after its route, with fail points around its answer. */
export function installFailPoints(server: FastifyInstance, basePath: string): void {
  if (!failPointsOn()) return;
  server.addHook('onRequest', (request: HttpRequest, _reply, done) => during(routeLabel(request, basePath), done));
  server.addHook('onSend', (request: HttpRequest, reply, payload, done) => {
    if (isAnswerOfInterest(request)) failPoint('answer', 'before', String(reply.statusCode));
    done(null, payload);
  });
  server.addHook('onResponse', (request: HttpRequest, reply, done) => {
    if (isAnswerOfInterest(request)) failPoint('answer', 'after', String(reply.statusCode));
    done();
  });
}

/** Carries the context through the request. Fastify binds its body parsing to the hook's context. */
export function installRequestContext(server: FastifyInstance): void {
  server.addHook('onRequest', (request: HttpRequest, reply, done) => {
    const context = (request.nxContext ??= contextOf(request));
    void reply.header('x-request-id', context.requestId);
    runWithContext(context, done);
  });
}
