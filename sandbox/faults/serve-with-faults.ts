import type { FastifyReply } from 'fastify';
import { pause } from '../shared/pause';
import type { Drawn } from './faults';

export interface WireAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Cuts the connection without an answer. Under `app.inject` there is no socket, so the raw response is destroyed. */
export function cut(reply: FastifyReply): void {
  reply.hijack();
  const socket = reply.raw.socket as { destroy?: () => void } | null;
  if (typeof socket?.destroy === 'function') socket.destroy();
  reply.raw.destroy();
}

async function drip(reply: FastifyReply, answer: WireAnswer, ms: number, stop: AbortSignal): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(answer.body));
  const pieces = Math.min(bytes.length, 50);
  reply.hijack();
  reply.raw.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': bytes.length });
  for (let piece = 0; piece < pieces && !reply.raw.destroyed && !stop.aborted; piece += 1) {
    const from = Math.floor((bytes.length * piece) / pieces);
    reply.raw.write(bytes.subarray(from, Math.floor((bytes.length * (piece + 1)) / pieces)));
    await pause(ms / pieces, stop);
  }
  reply.raw.end();
}

/**
 * Runs `effect` and answers with it, with what strikes in between: before the effect a delay, a cut, a 5xx or a broken
 * answer (nothing has happened then), after it a time-out or a 5xx (it has happened, and the caller does not know).
 */
export async function serveWithFaults(
  reply: FastifyReply,
  drawn: Drawn,
  stop: AbortSignal,
  effect: () => WireAnswer | Promise<WireAnswer>,
): Promise<void> {
  const delay = drawn.find('delay');
  if (delay !== undefined) await pause(delay.ms, stop);
  if (drawn.find('drop') !== undefined) return cut(reply);
  const refused = drawn.find('5xx');
  if (refused !== undefined) {
    await reply.code(refused.status).send({ code: String(refused.status), message: 'Service unavailable' });
    return;
  }
  if (drawn.find('malformed') !== undefined) {
    await reply.code(200).type('text/html').send('<html><body>Bad gateway</body>');
    return;
  }
  const answer = await effect();
  const timeout = drawn.find('charge-then-timeout', 'issued-then-timeout');
  if (timeout !== undefined) {
    await pause(timeout.ms, stop);
    return cut(reply);
  }
  const late = drawn.find('done-then-5xx');
  if (late !== undefined) {
    await reply.code(late.status).send({ code: String(late.status), message: 'Service unavailable' });
    return;
  }
  const slow = drawn.find('slow-body');
  if (slow !== undefined) return drip(reply, answer, slow.ms, stop);
  await reply
    .code(answer.status)
    .headers({ ...answer.headers })
    .send(answer.body);
}
