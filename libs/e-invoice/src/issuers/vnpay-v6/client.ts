import type { SendResponse } from '@nx/contracts';
import { addressOf } from '../exchange';
import type { IssuerConnection } from '../issuer';
import { secretsOf } from '../redact';
import type { LoginAnswer, TokenAccount } from '../token-session';
import { accessToken, readAnswer } from './answer';
import type { VnpaySettings } from './settings';
import { VNPAY_SUCCESS_CODE, type VnpayTokenBody } from './wire';

/** How an account logs in. A 401 says that the call was not looked at, so it may be repeated. */
export function vnpayAccount(connection: IssuerConnection, settings: VnpaySettings): TokenAccount {
  const { baseUrl, clientId, clientSecret } = connection;
  const body: VnpayTokenBody = { clientId, clientSecret };
  return {
    vendor: 'VNPAY',
    identity: [baseUrl, clientId, clientSecret],
    secrets: secretsOf(connection),
    login: {
      method: 'POST',
      url: addressOf(baseUrl, settings.tokenPath),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      timeoutMs: settings.timeoutMs,
    },
    readLogin: (response) => readLogin(response, settings),
    authorise: (token) => ({ authorization: `Bearer ${token}` }),
    tokenRefusal: ({ status }) => (status === 401 ? 'PROVEN' : 'NO'),
  };
}

function readLogin(response: SendResponse, settings: VnpaySettings): LoginAnswer {
  const { status } = response;
  const answer = readAnswer(response.body);
  const token = status === 200 ? accessToken(answer) : undefined;
  if (token !== undefined) return { kind: 'TOKEN', token, lifetimeMs: settings.tokenLifetimeMs };
  const code = answer.code ?? `HTTP_${status}`;
  const kind = isRefused(status, answer.code) ? 'REFUSED' : 'UNAVAILABLE';
  return { kind, code, message: answer.message };
}

function isRefused(status: number, code: string | undefined): boolean {
  if (status === 429) return false;
  return (status >= 400 && status < 500) || (status === 200 && code !== undefined && code !== VNPAY_SUCCESS_CODE);
}
