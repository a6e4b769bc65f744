import { createPublicKey, type KeyObject } from 'node:crypto';
import { JwksClient } from 'jwks-rsa';
import type { Clock } from '@nx/contracts';
import type { Logger } from '@nx/observability';

/** A set older than this is fetched again, in the background. */
const REFRESH_AFTER_MS = 12 * 60 * 60 * 1000;
/** Between two fetches, whatever asks for them: an attacker's unknown key ids must not become load on identity. */
const FETCH_PAUSE_MS = 30_000;
/** Before the first success nobody can be let in, so the pause is short. */
const FIRST_FETCH_PAUSE_MS = 1000;
const FETCH_TIMEOUT_MS = 2000;

export interface KeyStoreOptions {
  readonly url: string;
  /** The last good set is used while identity is away, up to this age. */
  readonly maxStaleMs: number;
}

interface KeySet {
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly fetchedAtMs: number;
}

/**
 * Identity's public keys as `KeyObject`s. Fetching is jwks-rsa's; the cache is ours, because jwks-rsa forgets its keys
 * when they are due and identity is away, and hands out PEM text that is four times slower to verify with.
 */
export class KeyStore {
  private set: KeySet | undefined;
  private running: Promise<void> | undefined;
  private lastFetchMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private readonly client: JwksClient;

  constructor(
    private readonly options: KeyStoreOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.client = new JwksClient({ jwksUri: options.url, cache: false, rateLimit: false, timeout: FETCH_TIMEOUT_MS });
  }

  /** Begins to fetch, and goes on until a first set is there and whenever it grows old. Does not wait. */
  start(): void {
    this.timer ??= setInterval(() => void this.keep(), FIRST_FETCH_PAUSE_MS).unref();
    void this.keep();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /**
   * The key of an id, `undefined` for an id that identity does not have. No I/O for a known id; an unknown one asks
   * identity at most every 30 s.
   */
  async key(keyId: string): Promise<KeyObject | undefined> {
    const known = this.usable()?.keys.get(keyId);
    if (known !== undefined) return known;
    if (this.running === undefined && !this.mayFetch()) return undefined;
    await this.fetch();
    return this.usable()?.keys.get(keyId);
  }

  /** Age of the set in milliseconds; `undefined` when none was ever loaded. */
  ageMs(): number | undefined {
    return this.set === undefined ? undefined : Math.max(0, this.clock.now() - this.set.fetchedAtMs);
  }

  /** Whether tokens can be verified at all. */
  isUsable(): boolean {
    return this.usable() !== undefined;
  }

  private usable(): KeySet | undefined {
    return this.set !== undefined && this.clock.now() - this.set.fetchedAtMs <= this.options.maxStaleMs
      ? this.set
      : undefined;
  }

  private mayFetch(): boolean {
    const pause = this.set === undefined ? FIRST_FETCH_PAUSE_MS : FETCH_PAUSE_MS;
    return this.hasPassed(pause, this.lastFetchMs);
  }

  /** A moment that lies ahead was noted before the clock was set back: nobody waits until it comes again. */
  private hasPassed(ms: number, sinceMs: number): boolean {
    const elapsedMs = this.clock.now() - sinceMs;
    return elapsedMs >= ms || elapsedMs < 0;
  }

  private async keep(): Promise<void> {
    const due = this.set === undefined || this.hasPassed(REFRESH_AFTER_MS, this.set.fetchedAtMs);
    if (due && this.mayFetch()) await this.fetch();
  }

  /** One fetch at a time; a failure keeps the set that is there. Never rejects. */
  private fetch(): Promise<void> {
    this.running ??= this.load().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async load(): Promise<void> {
    this.lastFetchMs = this.clock.now();
    try {
      const keys = keysOf(await this.client.getKeys());
      if (keys.size === 0) throw new Error('key set holds no ES256 key');
      this.set = { keys, fetchedAtMs: this.clock.now() };
    } catch (error) {
      this.logger.warn('key set of identity not loaded', { error, ageMs: this.ageMs() });
    }
  }
}

interface Jwk {
  readonly kid?: unknown;
  readonly kty?: unknown;
  readonly crv?: unknown;
  readonly alg?: unknown;
  readonly use?: unknown;
  readonly x?: unknown;
  readonly y?: unknown;
}

/** Keys of another kind than ES256's are left out: a token must not choose its algorithm. */
const keysOf = (jwks: unknown): Map<string, KeyObject> => {
  const keys = new Map<string, KeyObject>();
  for (const jwk of Array.isArray(jwks) ? (jwks as Jwk[]) : []) {
    const { kid, kty, crv, x, y } = jwk;
    if (kty !== 'EC' || crv !== 'P-256' || typeof kid !== 'string' || typeof x !== 'string' || typeof y !== 'string')
      continue;
    if ((jwk.alg ?? 'ES256') !== 'ES256' || (jwk.use ?? 'sig') !== 'sig') continue;
    keys.set(kid, createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }));
  }
  return keys;
};
