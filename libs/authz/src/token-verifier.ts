import type { KeyObject } from 'node:crypto';
import { ExtractJwt, Strategy, type SecretOrKeyProvider, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { AppError } from '@nx/contracts';
import { readClaims, type TokenClaims } from './claims';
import type { KeyStore } from './key-store';

export interface TokenRules {
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Secrets of encrypted claims, tried in turn. */
  readonly claimsSecrets: readonly string[];
}

/** Clocks of identity and ours may differ by this much. */
const TOLERANCE_SECONDS = 30;

/** The key id in a token's header; `undefined` for anything that is no JWT of ES256. */
const keyIdOf = (token: string): string | undefined => {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8'));
    if (typeof header !== 'object' || header === null) return undefined;
    const { alg, kid } = header as { alg?: unknown; kid?: unknown };
    return alg === 'ES256' && typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
};

const keyProvider =
  (keys: KeyStore): SecretOrKeyProvider =>
  (_request, token: string, done) => {
    const keyId = keyIdOf(token);
    if (keyId === undefined) return done(new Error('not an ES256 token'));
    keys.key(keyId).then(
      (key: KeyObject | undefined) =>
        // The typings know text and buffers only; jsonwebtoken takes the object, which saves parsing a PEM each time.
        key === undefined ? done(new Error('key id not known')) : done(null, key as unknown as Buffer),
      (error: unknown) => done(error),
    );
  };

/** The passport strategy named `jwt`: ES256 alone, expiry and issuer as configured, identity's claims as the user. */
export class IdentityStrategy extends Strategy {
  constructor(keys: KeyStore, rules: TokenRules) {
    const options: StrategyOptionsWithoutRequest = {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: keyProvider(keys),
      algorithms: ['ES256'],
      jsonWebTokenOptions: { clockTolerance: TOLERANCE_SECONDS },
      ...(rules.issuer === undefined ? {} : { issuer: rules.issuer }),
      ...(rules.audience === undefined ? {} : { audience: rules.audience }),
    };
    super(options, (payload: Record<string, unknown>, done) => {
      let claims: TokenClaims;
      try {
        claims = readClaims(payload, rules.claimsSecrets);
      } catch (error) {
        return done(null, false, error instanceof Error ? error : undefined);
      }
      done(null, claims);
    });
  }
}

/** Verifies tokens for guards, sockets and dashboards alike, by running the one strategy. */
export class TokenVerifier {
  constructor(
    private readonly strategy: IdentityStrategy,
    private readonly keys: KeyStore,
  ) {}

  /**
   * Throws `auth.unauthenticated` (401) with a fixed text for any token that does not verify, and
   * `service.unavailable` (503) while no key set was ever loaded or the last one is too old.
   */
  async verify(token: string): Promise<TokenClaims> {
    return new Promise<TokenClaims>((resolve, reject) => {
      // As passport does it: each run has its own object, which inherits from the strategy.
      const run = Object.create(this.strategy) as IdentityStrategy;
      run.success = (claims: unknown) => resolve(claims as TokenClaims);
      run.fail = (reason: unknown) => reject(this.refusal(reason));
      run.error = (error: unknown) => reject(this.refusal(error));
      run.authenticate({ headers: { authorization: `Bearer ${token}` } } as never, {});
    });
  }

  private refusal(reason: unknown): AppError {
    if (!this.keys.isUsable()) {
      return new AppError({
        code: 'service.unavailable',
        detail: 'Tokens cannot be verified at the moment.',
        retryAfterSeconds: 5,
        cause: reason,
      });
    }
    return new AppError({ code: 'auth.unauthenticated', detail: 'Send a valid bearer token.', cause: reason });
  }
}
