/** One HTTP request as a pure library wants it sent. `body` is UTF-8 text. */
export interface SendRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whole exchange in ms; without it the sender's default holds. */
  readonly timeoutMs?: number | undefined;
}

/** Any answer with a status, 4xx and 5xx too. Header names are in lower case. */
export interface SendResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The one way out of the libraries that speak to providers. Resolves for every answer with a status, follows no
 * redirect, and throws
 * - `SendNotSentError` when nothing can have reached the other side (DNS, connection refused, breaker open),
 * - `SendTimeoutError` when the time ran out after the request may have left,
 * - `SendNetworkError` when the connection broke after the request may have left.
 * Anything else that it throws is taken for an outcome that nobody knows.
 */
export type Send = (request: SendRequest) => Promise<SendResponse>;

/** The request may have been acted upon; no answer came in time. */
export class SendTimeoutError extends Error {
  override readonly name = 'SendTimeoutError';
}

/** The request may have been acted upon; the connection broke before an answer was complete. */
export class SendNetworkError extends Error {
  override readonly name = 'SendNetworkError';
}

/** The request provably never left, so nothing can have happened at the other side. */
export class SendNotSentError extends Error {
  override readonly name = 'SendNotSentError';
}
