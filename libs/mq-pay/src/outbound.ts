/** One HTTP call as the engine wants it sent. Bodies are text in UTF-8. */
export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back. Header names are lower case. */
export interface OutboundResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The only way out of this library. It resolves with any HTTP status, follows no redirect and throws
 * - `SendNotSentError` when nothing can have reached the provider (DNS, connection refused, breaker open),
 * - `SendTimeoutError` when the time ran out after the request may have left,
 * - `SendNetworkError` when the connection broke after the request may have left.
 * Anything else that it throws is taken for an outcome that nobody knows.
 */
export type Send = (request: OutboundRequest) => Promise<OutboundResponse>;

/** The request may have been acted upon; no answer came in time. */
export class SendTimeoutError extends Error {
  override readonly name = 'SendTimeoutError';
}

/** The request may have been acted upon; the connection broke before an answer was complete. */
export class SendNetworkError extends Error {
  override readonly name = 'SendNetworkError';
}

/** The request provably never left, so nothing can have happened at the provider. */
export class SendNotSentError extends Error {
  override readonly name = 'SendNotSentError';
}

/** What a call through the port amounted to, without exceptions. */
export type SendOutcome =
  | { readonly kind: 'ANSWER'; readonly response: OutboundResponse }
  | { readonly kind: 'NOT_SENT'; readonly reason: 'NOT_SENT' }
  | { readonly kind: 'NO_ANSWER'; readonly reason: 'TIMEOUT' | 'NETWORK' };

/** Sends and folds the three failures into values; an unforeseen error counts as an answer that was lost. */
export async function attemptSend(send: Send, request: OutboundRequest): Promise<SendOutcome> {
  try {
    return { kind: 'ANSWER', response: await send(request) };
  } catch (error) {
    if (error instanceof SendNotSentError) return { kind: 'NOT_SENT', reason: 'NOT_SENT' };
    return { kind: 'NO_ANSWER', reason: error instanceof SendTimeoutError ? 'TIMEOUT' : 'NETWORK' };
  }
}
