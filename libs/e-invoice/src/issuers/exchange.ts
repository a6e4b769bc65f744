import { SendNotSentError, SendTimeoutError } from '@nx/contracts';
import type { Send, SendRequest, SendResponse } from '@nx/contracts';
import type { RawExchange } from './issuer';

export interface Exchange {
  readonly response: SendResponse;
  readonly raw: RawExchange;
}

/** What of an answer is worth keeping; the rest can hold session cookies. */
const KEPT_HEADERS: ReadonlySet<string> = new Set(['content-type', 'date', 'retry-after', 'x-request-id']);
const LONGEST_RECORD = 256 * 1024;

/** A call was sent, and `send` rejected. */
export class LostCallError extends Error {
  /** True where an earlier try of the same call may have acted. */
  doubtful = false;

  constructor(
    readonly error: unknown,
    readonly raw: RawExchange,
  ) {
    super(error instanceof Error ? error.message : String(error));
    this.name = 'LostCallError';
  }

  get neverSent(): boolean {
    return this.error instanceof SendNotSentError;
  }

  get timedOut(): boolean {
    return this.error instanceof SendTimeoutError;
  }
}

/**
 * Sends and records. The record has no request headers, of the answer's only harmless ones, and `recordedBody` in place
 * of a body that carries credentials. Throws LostCallError.
 */
export async function exchange(send: Send, request: SendRequest, recordedBody = request.body): Promise<Exchange> {
  const { method, url } = request;
  const recorded = { method, url, ...(recordedBody === undefined ? {} : { body: recordedBody }) };
  let response: SendResponse;
  try {
    response = await send(request);
  } catch (error) {
    throw new LostCallError(error, { request: recorded });
  }
  return { response, raw: { request: recorded, response: recordOf(response) } };
}

/** Retry-After in milliseconds, where the answer carries it in seconds (RFC 9110 §10.2.3). */
export function retryAfterMs(response: SendResponse): number | undefined {
  const text = response.headers['retry-after'];
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) * 1000 : undefined;
}

/** A vendor's address: the connection's base with or without a slash at its end, and a path that begins with one. */
export function addressOf(baseUrl: string, path: string): string {
  return `${baseUrl.replace(/\/+$/, '')}${path}`;
}

function recordOf(response: SendResponse): NonNullable<RawExchange['response']> {
  const kept = Object.entries(response.headers).filter(([name]) => KEPT_HEADERS.has(name));
  return {
    status: response.status,
    headers: Object.fromEntries(kept),
    body: response.body.slice(0, LONGEST_RECORD),
  };
}
