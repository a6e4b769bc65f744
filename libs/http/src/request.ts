import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '@nx/observability';

/** A request at the HTTP edge, with what the platform's hooks hang on it. */
export interface HttpRequest extends FastifyRequest {
  /** The body's bytes as they came, for signatures. */
  rawBody?: Buffer;
  /** Set by the first hook, for what runs outside its context: the filter and the request's log line. */
  nxContext?: RequestContext;
}

export type HttpReply = FastifyReply;

/** The value of a header that must stand at most once; `undefined` when it is missing. */
export function singleHeader(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** How many times a header stands in the request: Node joins or drops repetitions of some names. */
export function headerCount(request: HttpRequest, name: string): number {
  let count = 0;
  for (let index = 0; index < request.raw.rawHeaders.length; index += 2) {
    if (request.raw.rawHeaders[index]?.toLowerCase() === name) count += 1;
  }
  return count;
}
