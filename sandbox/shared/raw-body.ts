import type { FastifyRequest } from 'fastify';

const bodies = new WeakMap<FastifyRequest, string>();

export function keepRawBody(request: FastifyRequest, text: string): void {
  bodies.set(request, text);
}

/** The body as it came, for signatures. */
export function rawBodyOf(request: FastifyRequest): string {
  return bodies.get(request) ?? '';
}
