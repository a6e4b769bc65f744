import type { SendResponse } from '@nx/contracts';
import { addressOf } from '../exchange';
import type { IssuerConnection } from '../issuer';
import { secretsOf } from '../redact';
import type { LoginAnswer, TokenAccount, TokenRefusal } from '../token-session';
import { accessToken, envelopeOf, isGeneralFault } from './answer';
import type { ViettelSettings } from './settings';

/** How an account logs in: clientId is the user name, clientSecret the password. */
export function viettelAccount(connection: IssuerConnection, settings: ViettelSettings): TokenAccount {
  const { baseUrl, clientId: username, clientSecret: password } = connection;
  return {
    vendor: 'VIETTEL',
    identity: [baseUrl, username, password],
    secrets: secretsOf(connection),
    login: {
      method: 'POST',
      url: addressOf(baseUrl, settings.loginPath),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ username, password }),
      timeoutMs: settings.timeoutMs,
    },
    readLogin: (response) => readLogin(response, settings),
    authorise: (token) =>
      settings.tokenHeader === 'COOKIE' ? { cookie: `access_token=${token}` } : { authorization: `Bearer ${token}` },
    tokenRefusal,
  };
}

/**
 * A 401 was not looked at. GENERAL is what an expired token is answered with, and other faults too, so the same request
 * under the same transactionUuid goes out once more, and what the first try did stays open.
 */
function tokenRefusal(response: SendResponse): TokenRefusal {
  if (response.status === 401) return 'PROVEN';
  return isGeneralFault(response) ? 'DOUBTFUL' : 'NO';
}

function readLogin(response: SendResponse, settings: ViettelSettings): LoginAnswer {
  const { status } = response;
  const token = status === 200 ? accessToken(response) : undefined;
  if (token !== undefined) return { kind: 'TOKEN', token, lifetimeMs: settings.tokenLifetimeMs };
  const envelope = envelopeOf(response);
  const kind = status >= 400 && status < 500 && status !== 429 ? 'REFUSED' : 'UNAVAILABLE';
  return { kind, code: envelope?.code ?? `HTTP_${status}`, message: envelope?.message ?? '' };
}
