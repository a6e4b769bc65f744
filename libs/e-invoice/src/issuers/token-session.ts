import { createHash } from 'node:crypto';
import type { Send, SendRequest, SendResponse } from '@nx/contracts';
import { exchange, LostCallError, retryAfterMs, type Exchange } from './exchange';
import type { IssuerCode, RawExchange } from './issuer';
import type { IssuedToken, TokenCache } from './token-cache';

/** What a vendor said to a login. */
export type LoginAnswer =
  | { readonly kind: 'TOKEN'; readonly token: string; readonly lifetimeMs: number }
  /** The account may not log in: wrong credentials, closed. */
  | { readonly kind: 'REFUSED'; readonly code: string; readonly message: string }
  | { readonly kind: 'UNAVAILABLE'; readonly code: string; readonly message: string };

/**
 * Whether an answer says that the token was refused. `PROVEN`: the call itself was not looked at. `DOUBTFUL`: the vendor
 * uses the same answer for other faults, so the call may have acted.
 */
export type TokenRefusal = 'NO' | 'PROVEN' | 'DOUBTFUL';

/** How one account of a vendor logs in. */
export interface TokenAccount {
  readonly vendor: IssuerCode;
  /** Everything that makes it this account, secrets included: after a rotation no token of the old secret is used. */
  readonly identity: readonly string[];
  /** What may show in no record; the token is added by itself. */
  readonly secrets: readonly string[];
  readonly login: SendRequest;
  readLogin(response: SendResponse): LoginAnswer;
  authorise(token: string): Readonly<Record<string, string>>;
  tokenRefusal(response: SendResponse): TokenRefusal;
}

/** No token could be had. Unless `doubtful`, the call itself was not sent. */
export class LoginError extends Error {
  doubtful = false;

  constructor(
    message: string,
    /** True where the vendor refused the account; a later try may pass otherwise. */
    readonly refused: boolean,
    readonly code: string,
    readonly httpStatus: number,
    readonly retryAfterMs: number | undefined,
    readonly raw: RawExchange,
  ) {
    super(message);
    this.name = 'LoginError';
  }
}

export interface AuthorisedExchange extends Exchange {
  readonly token: string;
  /** True where an earlier try of the same call may have acted. */
  readonly doubtful: boolean;
}

/**
 * One authorised call. An answer that refuses the token leads to one login and one more try of the same request; the
 * second answer stands. Throws LoginError and LostCallError.
 */
export async function callWithToken(
  account: TokenAccount,
  send: Send,
  tokens: TokenCache,
  request: SendRequest,
): Promise<AuthorisedExchange> {
  const name = accountName(account);
  const fresh = (): Promise<IssuedToken> => logIn(account, send, tokens.now());
  const token = await tokens.get(name, fresh);
  const first = await sendAuthorised(account, send, request, token);
  const refusal = account.tokenRefusal(first.response);
  if (refusal === 'NO') return { ...first, token, doubtful: false };
  tokens.drop(name, token);
  const doubtful = refusal === 'DOUBTFUL';
  try {
    const next = await tokens.get(name, fresh);
    return { ...(await sendAuthorised(account, send, request, next)), token: next, doubtful };
  } catch (error) {
    if (error instanceof LoginError || error instanceof LostCallError) error.doubtful = doubtful;
    throw error;
  }
}

/** A new token from the vendor; `nowMs` is the instant before the request. Throws LoginError. */
export async function logIn(account: TokenAccount, send: Send, nowMs: number): Promise<IssuedToken> {
  let answered: Exchange;
  try {
    answered = await exchange(send, account.login, undefined);
  } catch (error) {
    if (!(error instanceof LostCallError)) throw error;
    throw new LoginError(`no token: ${error.message}`, false, 'TOKEN_UNAVAILABLE', 0, undefined, loginRecord(account));
  }
  const { response } = answered;
  const answer = account.readLogin(response);
  if (answer.kind === 'TOKEN') return { token: answer.token, expiresAtMs: nowMs + answer.lifetimeMs };
  const text = `no token: status ${response.status}, code ${answer.code} ${answer.message}`.trim();
  // An answer that was not understood may still hold a token, so what it said is all that is kept of it.
  const record = { status: response.status, headers: answered.raw.response?.headers ?? {}, body: '' };
  const raw = { ...loginRecord(account), response: record };
  throw new LoginError(text, answer.kind === 'REFUSED', answer.code, response.status, retryAfterMs(response), raw);
}

/** The body of a login holds nothing but credentials, so it is not recorded. */
function loginRecord(account: TokenAccount): RawExchange {
  return { request: { method: account.login.method, url: account.login.url } };
}

async function sendAuthorised(
  account: TokenAccount,
  send: Send,
  request: SendRequest,
  token: string,
): Promise<Exchange> {
  return exchange(send, { ...request, headers: { ...request.headers, ...account.authorise(token) } });
}

function accountName({ vendor, identity }: TokenAccount): string {
  return createHash('sha256')
    .update(JSON.stringify([vendor, ...identity]))
    .digest('base64url');
}
