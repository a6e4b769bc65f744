/** One use of an idempotency key: whose, of what, and a hash of what was asked. */
export interface IdempotencyRequest {
  /** The tenant: the active merchant, else the user. */
  readonly scope: string;
  /** The operation's name; aliases of a path are one operation. */
  readonly operation: string;
  readonly key: string;
  /** SHA-256 in hex over the route parameters and the body, independent of the order of members. */
  readonly fingerprint: string;
}

/** One use of a key for an operation that remembers its answer in the transaction of its effect. */
export interface OnceRequest extends IdempotencyRequest {
  /** What the route answers a success with: 200, 201 or 202. */
  readonly status: number;
}

/** A first use that runs, or goes on. */
export interface IdempotencyRun {
  readonly request: IdempotencyRequest;
  /** What an earlier run has kept that did not come to its end; empty in the first one. */
  readonly ids: Readonly<Record<string, string>>;
}

export type IdempotencyOutcome =
  | {
      readonly state: 'started';
      /** Ids kept of a first run whose process died. */ readonly ids?: Readonly<Record<string, string>>;
    }
  | { readonly state: 'done'; readonly status: number; readonly body: unknown }
  | { readonly state: 'running'; readonly retryAfterSeconds: number }
  | { readonly state: 'reused' };

/** What the interceptor needs of the store; `@nx/reliable` implements it over PostgreSQL. */
export interface IdempotencyPort {
  /** Takes the key for 15 s, or says what became of its first use. */
  begin(request: IdempotencyRequest): Promise<IdempotencyOutcome>;
  /** Remembers a 2xx answer for 24 h. */
  complete(request: IdempotencyRequest, answer: { readonly status: number; readonly body: unknown }): Promise<void>;
  /** Leaves no trace of a refused request. */
  release(request: IdempotencyRequest): Promise<void>;
  /** Frees the lock and keeps the key for this body: nobody knows whether the first run had its effect. */
  unlock(request: IdempotencyRequest): Promise<void>;
  /** What became of the first use, without taking the key; undefined = nothing that stands in the way. */
  look(request: IdempotencyRequest): Promise<Exclude<IdempotencyOutcome, { state: 'started' }> | undefined>;
}

/** Nest token of the port. */
export const IDEMPOTENCY = Symbol('IDEMPOTENCY');
