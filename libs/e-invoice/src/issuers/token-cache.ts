/** A token and the instant (ms since the epoch) at which it ends. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

interface Entry {
  current?: IssuedToken;
  running?: Promise<IssuedToken>;
}

export interface TokenCacheOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A token is replaced this long before its end; default one minute. */
  readonly refreshEarlyMs?: number | undefined;
}

const DEFAULT_EARLY_MS = 60_000;

/**
 * Tokens of vendor accounts, one cache per process. However many calls need a token at once, one request asks for it;
 * a failed request is forgotten, so that the next caller asks again.
 */
export class TokenCache {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly options: TokenCacheOptions) {}

  now(): number {
    return this.options.now();
  }

  /** The cached token of an account, or a new one from `fetch`, whose rejection reaches every waiting caller. */
  async get(account: string, fetch: () => Promise<IssuedToken>): Promise<string> {
    const entry = this.entries.get(account) ?? {};
    this.entries.set(account, entry);
    const earlyMs = this.options.refreshEarlyMs ?? DEFAULT_EARLY_MS;
    if (entry.current !== undefined && this.options.now() < entry.current.expiresAtMs - earlyMs) {
      return entry.current.token;
    }
    entry.running ??= this.refresh(entry, fetch);
    return (await entry.running).token;
  }

  /** Forgets a token that the vendor refused; a newer one that another caller already fetched stays. */
  drop(account: string, refused: string): void {
    const entry = this.entries.get(account);
    if (entry?.current?.token === refused) delete entry.current;
  }

  private async refresh(entry: Entry, fetch: () => Promise<IssuedToken>): Promise<IssuedToken> {
    try {
      // A tick later, so that even a fetch that throws at once is cleared after it was registered.
      const issued = await Promise.resolve().then(fetch);
      entry.current = issued;
      return issued;
    } finally {
      delete entry.running;
    }
  }
}
