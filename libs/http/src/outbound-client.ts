import { failPoint } from '@nx/fail-points';
import { Agent, errors, type buildConnector, type Dispatcher } from 'undici';
import { BrokenCircuitError, bulkhead, BulkheadRejectedError } from 'cockatiel';
import { openBreaker, type Breaker } from './breaker';
import { NotCalledError, OutboundNetworkError, OutboundTimeoutError, RefusedAddressError } from './outbound-errors';

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface OutboundCall {
  /** The other side's name: breaker and bulkhead are per name. */
  readonly name: string;
  /** Total time for connecting, sending and reading; 10,000 by default. */
  readonly timeoutMs?: number;
  /** Largest answer in bytes; 1 MiB by default. A longer one is a network error. */
  readonly maxResponseBytes?: number;
  /** What fail points call it; the name's first word by default. */
  readonly label?: string;
}

export interface OutboundResponse {
  readonly status: number;
  /** Names in lower case; a repeated header's values are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface OutboundLimits {
  /** Connections per origin. */
  readonly connections?: number;
  readonly connectTimeoutMs?: number;
  /** Calls at once per name, and how many may wait. */
  readonly concurrent?: number;
  readonly queued?: number;
  /** Network errors in a row that open the breaker, and how long it stays open. */
  readonly failuresToOpen?: number;
  readonly openMs?: number;
  /** Told when a breaker opens: from now on the calls of this name are refused for a while. */
  readonly onOpen?: (name: string) => void;
}

const DEFAULTS = {
  connections: 50,
  connectTimeoutMs: 2000,
  concurrent: 100,
  queued: 400,
  failuresToOpen: 5,
  openMs: 10_000,
  onOpen: () => undefined,
} as const;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RESPONSE_BYTES = 1024 * 1024;

class UpstreamFailure extends Error {
  constructor(readonly response: OutboundResponse) {
    super(`status ${response.status}`);
  }
}

/**
 * Calls to providers and siblings over `undici` pools, one per origin: connect 2 s, total 10 s, no redirects, capped
 * answers. Network errors and 5xx count for the breaker of the name; the answer of a 5xx still reaches the caller.
 */
export class OutboundClient {
  private readonly lines = new Map<string, Breaker>();
  private readonly agent: Agent;
  private readonly limits: Required<OutboundLimits>;

  constructor(limits: OutboundLimits = {}, connect?: buildConnector.connector) {
    this.limits = { ...DEFAULTS, ...limits };
    this.agent = new Agent({
      connections: this.limits.connections,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      connect: connect ?? { timeout: this.limits.connectTimeoutMs },
    });
  }

  /**
   * One request. Throws `OutboundTimeoutError` or `OutboundNetworkError`; their `sent` tells whether the other side
   * may have acted. Any status is an answer. Nothing is retried here.
   */
  async request(request: OutboundRequest, call: OutboundCall): Promise<OutboundResponse> {
    try {
      return await this.lineTo(call.name)(async () => {
        const label = call.label ?? call.name.replace(/ .*/s, '');
        failPoint('call', 'before', label);
        const response = await this.send(request, call);
        failPoint('call', 'after', label);
        if (response.status >= 500) throw new UpstreamFailure(response);
        return response;
      });
    } catch (error) {
      if (error instanceof UpstreamFailure) return error.response;
      if (error instanceof BrokenCircuitError) throw new NotCalledError(call.name, 'breaker is open', { cause: error });
      if (error instanceof BulkheadRejectedError)
        throw new NotCalledError(call.name, 'too many calls at once', { cause: error });
      throw error;
    }
  }

  /** Ends the pools; requests under way are finished first. */
  async close(): Promise<void> {
    await this.agent.close();
  }

  /** The way to one name: so many calls at once, and none while its breaker is open. */
  private lineTo(name: string): Breaker {
    const known = this.lines.get(name);
    if (known !== undefined) return known;
    const { concurrent, queued, failuresToOpen: failures, openMs } = this.limits;
    const places = bulkhead(concurrent, queued);
    const breaker = openBreaker({ failures, openMs, onOpen: () => this.limits.onOpen(name) });
    const line: Breaker = (call) => places.execute(() => breaker(call));
    this.lines.set(name, line);
    return line;
  }

  private async send(request: OutboundRequest, call: OutboundCall): Promise<OutboundResponse> {
    const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const signal = AbortSignal.timeout(timeoutMs);
    const url = new URL(request.url);
    try {
      const answer = await this.agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: { ...request.headers },
        body: request.body ?? null,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal,
      });
      return {
        status: answer.statusCode,
        headers: plainHeaders(answer.headers),
        body: await readCapped(answer.body, call.maxResponseBytes ?? DEFAULT_RESPONSE_BYTES),
      };
    } catch (error) {
      throw translate(error, call.name, signal.aborted);
    }
  }
}

const plainHeaders = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );

class ResponseTooLargeError extends Error {}

const readCapped = async (body: Dispatcher.ResponseData['body'], limit: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) {
      body.destroy();
      throw new ResponseTooLargeError(`answer is longer than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** Errors that happen before the first byte leaves: then nothing can have been done by the other side. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'EPROTO',
]);

const translate = (error: unknown, name: string, aborted: boolean): Error => {
  if (error instanceof RefusedAddressError) return error;
  if (error instanceof errors.ConnectTimeoutError) return new OutboundTimeoutError(name, false, { cause: error });
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError || aborted) {
    return new OutboundTimeoutError(name, true, { cause: error });
  }
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const reason = code !== '' ? code : error instanceof Error ? error.message : 'failed';
  return new OutboundNetworkError(name, !NOT_SENT.has(code), reason, { cause: error });
};
