import type { Send, SendRequest } from '@nx/contracts';
import { LostCallError } from './exchange';
import type { ConnectionTest } from './issuer';
import { redactAll, redactor } from './redact';
import type { TokenCache } from './token-cache';
import { callWithToken, logIn, LoginError, type AuthorisedExchange, type TokenAccount } from './token-session';

/** One account with everything that a call needs. */
export interface VendorDesk {
  readonly account: TokenAccount;
  readonly send: Send;
  readonly tokens: TokenCache;
}

/** One authorised call: what its answer means, or what having none means, without a secret in either. */
export async function askVendor<T>(
  { account, send, tokens }: VendorDesk,
  request: SendRequest,
  read: (exchange: AuthorisedExchange) => T,
  unanswered: (error: LostCallError | LoginError) => T,
): Promise<T> {
  try {
    const exchange = await callWithToken(account, send, tokens, request);
    return redactAll(read(exchange), redactor([...account.secrets, exchange.token]));
  } catch (error) {
    if (!(error instanceof LoginError) && !(error instanceof LostCallError)) throw error;
    return redactAll(unanswered(error), redactor(account.secrets));
  }
}

/** Asks for a fresh token. */
export async function testLogin(account: TokenAccount, send: Send): Promise<ConnectionTest> {
  try {
    await logIn(account, send, 0);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof LoginError)) throw error;
    return { ok: false, reason: redactor(account.secrets)(error.message) };
  }
}
