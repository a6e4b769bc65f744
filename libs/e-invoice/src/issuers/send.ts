/** One HTTP request. `body` is UTF-8 text. */
export interface SendRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whole exchange; without it the sender's default holds. */
  readonly timeoutMs?: number | undefined;
}

/** Any answer with a status, 4xx and 5xx too. Header names are in lower case. */
export interface SendResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The one way out of this library. Resolves for every answer with a status; otherwise rejects with SendTimeoutError or
 * SendNetworkError (the vendor may have acted) or SendNotSentError (it provably did not). Redirects are not followed.
 */
export type Send = (request: SendRequest) => Promise<SendResponse>;

/** No complete answer in time: the vendor may have acted. */
export class SendTimeoutError extends Error {
  override readonly name = 'SendTimeoutError';
}

/** The connection broke after bytes may have left: the vendor may have acted. */
export class SendNetworkError extends Error {
  override readonly name = 'SendNetworkError';
}

/** Not one byte of the request left: name not resolved, connection refused, circuit open, stopped before the start. */
export class SendNotSentError extends Error {
  override readonly name = 'SendNotSentError';
}
