import { randomUUID } from 'node:crypto';
import { pause } from './pause';

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** What a till may count. */
export interface TillCounts {
  requests: number;
  retries: number;
}

/** The service did not give a final answer before the till gave up. */
export class GaveUp extends Error {}

interface TillOptions {
  /** Root plus base path of the service's front. */
  readonly baseUrl: string;
  readonly token?: string;
  readonly merchantId?: string;
  /** After this moment (epoch ms) nothing is tried again. */
  readonly givesUpAt: () => number;
  readonly counts: TillCounts;
  readonly stop: AbortSignal;
}

/** A request is taken to another replica after so long. */
const PATIENCE_MS = 6_000;
const BETWEEN_TRIES_MS = 400;

/**
 * A good POS: what is not answered, or answered "not now", it sends again with the same idempotency key, until the
 * answer is final.
 */
export class Till {
  constructor(private readonly options: TillOptions) {}

  get<T>(path: string): Promise<Answer<T>> {
    return this.send<T>('GET', path);
  }

  post<T>(path: string, body: object): Promise<Answer<T>> {
    return this.send<T>('POST', path, body);
  }

  /** The final answer, whatever it is. Throws `GaveUp`. */
  private async send<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
    const { givesUpAt, counts, stop } = this.options;
    const key = randomUUID();
    let last = 'no answer';
    for (;;) {
      if (stop.aborted || Date.now() > givesUpAt()) throw new GaveUp(`${method} ${path}: ${last}`);
      counts.requests += 1;
      const answer = await this.once<T>(method, path, body, key);
      if (answer !== undefined && isFinal(answer)) return answer;
      if (answer !== undefined) last = `status ${answer.status}`;
      counts.retries += 1;
      await pause(BETWEEN_TRIES_MS, stop);
    }
  }

  private async once<T>(method: string, path: string, body: object | undefined, key: string) {
    const { baseUrl, token, merchantId, stop } = this.options;
    try {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(merchantId === undefined ? {} : { 'x-merchant-id': merchantId }),
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), stop]),
      });
      const text = await response.text();
      const again = response.headers.has('retry-after');
      return { status: response.status, body: JSON.parse(text === '' ? 'null' : text) as T, again };
    } catch {
      // Nobody answered, or the answer broke off: whether it was done is not known, the key makes the next try safe.
      return undefined;
    }
  }
}

/** A 5xx, a 429 and a conflict that passes by itself are no answers yet. */
const isFinal = ({ status, again }: { status: number; again: boolean }): boolean =>
  status < 500 && status !== 429 && !(status === 409 && again);
