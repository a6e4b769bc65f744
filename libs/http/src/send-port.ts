import { SendNetworkError, SendNotSentError, SendTimeoutError, type Send } from '@nx/contracts';
import type { OutboundClient } from './outbound-client';
import { NotCalledError, OutboundNetworkError, OutboundTimeoutError, RefusedAddressError } from './outbound-errors';

/** A call that gave no answer: how long it took (ms), whether it may have been acted upon, and why. */
export interface LostCall {
  /** `NOT_CALLED`: the breaker is open, or too many calls are under way. */
  readonly kind: 'TIMEOUT' | 'NETWORK' | 'NOT_CALLED' | 'REFUSED_ADDRESS';
  readonly sent: boolean;
  readonly durationMs: number;
  readonly reason: string;
}

export interface SendPortOptions {
  /** Breaker and bulkhead are per name and host. */
  readonly name: string;
  /** Where the request does not say otherwise; a request can only ask for less. */
  readonly timeoutMs: number;
  readonly maxResponseBytes?: number;
  /** What is asked for, in the names of fail points; the name alone by default. */
  readonly label?: string;
  readonly onLost?: (lost: LostCall) => void;
  /** Told of each request how it ended. */
  readonly onEnd?: (end: RequestEnd) => void;
}

/** How a request of a port ended: with an answer (`SERVER_ERROR` is one of 5xx), or without. */
export const REQUEST_ENDS = [
  'ANSWERED',
  'SERVER_ERROR',
  'TIMEOUT',
  'NETWORK',
  'NOT_CALLED',
  'REFUSED_ADDRESS',
] as const;
export type RequestEnd = (typeof REQUEST_ENDS)[number];

/** The failure as the port says it, and as the caller's log does. Anything unforeseen stays what it is. */
const translate = (error: unknown, durationMs: number): { thrown: unknown; lost?: LostCall } => {
  if (error instanceof RefusedAddressError) {
    const reason = `address refused: ${error.message}`;
    return { thrown: new SendNotSentError(reason), lost: { kind: 'REFUSED_ADDRESS', sent: false, durationMs, reason } };
  }
  const timedOut = error instanceof OutboundTimeoutError;
  if (!timedOut && !(error instanceof OutboundNetworkError)) return { thrown: error };
  const { sent, message: reason } = error;
  const kind = timedOut ? 'TIMEOUT' : error instanceof NotCalledError ? 'NOT_CALLED' : 'NETWORK';
  const lost: LostCall = { kind, sent, durationMs, reason };
  if (!sent) return { thrown: new SendNotSentError(reason), lost };
  return { thrown: timedOut ? new SendTimeoutError(reason) : new SendNetworkError(reason), lost };
};

/**
 * A client (guarded where others choose the addresses) as the port of the libraries that speak to providers: says of
 * every failure whether the request may have been sent.
 */
export const sendPort =
  (client: Pick<OutboundClient, 'request'>, options: SendPortOptions): Send =>
  async (request) => {
    const started = performance.now();
    const { timeoutMs = options.timeoutMs, body, ...rest } = request;
    try {
      const response = await client.request(body === undefined ? rest : { ...rest, body }, {
        name: `${options.name} ${new URL(request.url).host}`,
        timeoutMs: Math.min(timeoutMs, options.timeoutMs),
        label: options.label ?? options.name,
        ...(options.maxResponseBytes === undefined ? {} : { maxResponseBytes: options.maxResponseBytes }),
      });
      options.onEnd?.(response.status >= 500 ? 'SERVER_ERROR' : 'ANSWERED');
      return { status: response.status, headers: response.headers, body: response.body.toString('utf8') };
    } catch (error) {
      const { thrown, lost } = translate(error, Math.round(performance.now() - started));
      if (lost !== undefined) {
        options.onEnd?.(lost.kind);
        options.onLost?.(lost);
      }
      throw thrown;
    }
  };
