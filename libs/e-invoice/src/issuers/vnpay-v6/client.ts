import { createHash } from 'node:crypto';
import type { IssuerConnection, RawExchange } from '../issuer';
import type { Send, SendRequest, SendResponse } from '@nx/contracts';
import type { IssuedToken, TokenCache } from '../token-cache';
import { accessToken, readAnswer, retryAfter } from './answer';
import type { VnpaySettings } from './settings';

/** No token could be had, so the call itself was not sent. `transient` is false where the vendor refused the account. */
export class VnpayTokenError extends Error {
  constructor(
    message: string,
    readonly transient: boolean,
    readonly code: string,
    readonly httpStatus: number,
    readonly retryAfterMs: number | undefined,
    readonly raw: RawExchange,
  ) {
    super(message);
    this.name = 'VnpayTokenError';
  }
}

/** The call was sent, and `send` rejected; `error` is its rejection. */
export class VnpaySendError extends Error {
  constructor(
    readonly error: unknown,
    readonly raw: RawExchange,
  ) {
    super(error instanceof Error ? error.message : String(error));
    this.name = 'VnpaySendError';
  }
}

export interface VnpayCall {
  readonly connection: IssuerConnection;
  readonly settings: VnpaySettings;
  readonly send: Send;
  readonly tokens: TokenCache;
}

export interface VnpayExchange {
  readonly response: SendResponse;
  readonly raw: RawExchange;
}

/**
 * One authorised call. A 401 says that the vendor did not look at the request, so it is sent once more with a fresh
 * token; a second 401 is the answer. Throws VnpayTokenError and VnpaySendError.
 */
export async function callVnpay(
  call: VnpayCall,
  method: 'GET' | 'POST',
  path: string,
  body?: string,
): Promise<VnpayExchange> {
  const account = accountOf(call.connection);
  const fresh = () => fetchToken(call.connection, call.settings, call.send, call.tokens.now());
  const token = await call.tokens.get(account, fresh);
  const first = await sendAuthorised(call, method, path, token, body);
  if (first.response.status !== 401) return first;
  call.tokens.drop(account, token);
  return sendAuthorised(call, method, path, await call.tokens.get(account, fresh), body);
}

/** A new token from the vendor. Throws VnpayTokenError. */
export async function fetchToken(
  connection: IssuerConnection,
  settings: VnpaySettings,
  send: Send,
  nowMs: number,
): Promise<IssuedToken> {
  const url = urlOf(connection, settings.tokenPath);
  const rawRequest = { method: 'POST', url };
  const { clientId, clientSecret } = connection;
  const request: SendRequest = {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ clientId, clientSecret }),
    timeoutMs: settings.timeoutMs,
  };
  let response: SendResponse;
  try {
    response = await send(request);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new VnpayTokenError(`no token: ${message}`, true, 'TOKEN_UNAVAILABLE', 0, undefined, { request: rawRequest });
  }
  const answer = readAnswer(response.body);
  const token = response.status === 200 ? accessToken(answer) : undefined;
  if (token !== undefined) return { token, expiresAtMs: nowMs + settings.tokenLifetimeMs };
  // The answer of a refused login holds no token; headers are left out because some gateways echo credentials there.
  const raw = { request: rawRequest, response: { status: response.status, headers: {}, body: response.body } };
  const refused = isLoginRefused(response.status, answer.code);
  const text = `no token: status ${response.status}, code ${answer.code ?? 'none'} ${answer.message}`.trim();
  const retryAfterMs = retryAfter(response);
  throw new VnpayTokenError(
    text,
    !refused,
    answer.code ?? `HTTP_${response.status}`,
    response.status,
    retryAfterMs,
    raw,
  );
}

async function sendAuthorised(
  call: VnpayCall,
  method: 'GET' | 'POST',
  path: string,
  token: string,
  body?: string,
): Promise<VnpayExchange> {
  const url = urlOf(call.connection, path);
  const request = { method, url, ...(body === undefined ? {} : { body }) };
  const contentType = body === undefined ? {} : { 'content-type': 'application/json' };
  try {
    const response = await call.send({
      ...request,
      headers: { accept: 'application/json', ...contentType, authorization: `Bearer ${token}` },
      timeoutMs: call.settings.timeoutMs,
    });
    return { response, raw: { request, response } };
  } catch (error) {
    throw new VnpaySendError(error, { request });
  }
}

function isLoginRefused(status: number, code: string | undefined): boolean {
  if (status === 429) return false;
  return (status >= 400 && status < 500) || (status === 200 && code !== undefined && code !== '00');
}

function urlOf(connection: IssuerConnection, path: string): string {
  return `${connection.baseUrl.replace(/\/+$/, '')}${path}`;
}

/** The secret is part of the account: after a rotation the old secret's token is not used for the new one. */
function accountOf(connection: IssuerConnection): string {
  const { baseUrl, clientId, clientSecret } = connection;
  return createHash('sha256')
    .update(JSON.stringify(['VNPAY', baseUrl, clientId, clientSecret]))
    .digest('base64url');
}
