import { stringify } from 'lossless-json';
import type {
  AdjustRequest,
  ConnectionTest,
  DownloadOutcome,
  InvoiceIssuer,
  IssueOutcome,
  IssueRequest,
  IssuerConnection,
  LookUpOutcome,
  ProviderKey,
} from '../issuer';
import { SendNotSentError, SendTimeoutError } from '@nx/contracts';
import type { Send } from '@nx/contracts';
import type { TokenCache } from '../token-cache';
import { downloadOutcome, issueOutcome, lookUpOutcome } from './answer';
import { callVnpay, fetchToken, VnpaySendError, VnpayTokenError } from './client';
import { adjustBody, adjustPath, issueBody, issuePath, keyQuery } from './request';
import { vnpaySettings } from './settings';
import type { VnpaySettings } from './settings';
import type { VnpayIssueBody } from './wire';

/** VNPAY e-invoice API v6. What its public protocol does not tell is in VnpaySettings. */
export const VNPAY_V6: InvoiceIssuer = {
  code: 'VNPAY',
  capabilities: {
    lookUp: true,
    adjust: true,
    replace: true,
    cancel: false,
    downloadPdf: true,
    downloadXml: false,
    forms: [1, 2],
    longestProcessingMs: 60_000,
  },

  async issue(
    request: IssueRequest,
    connection: IssuerConnection,
    send: Send,
    tokens: TokenCache,
  ): Promise<IssueOutcome> {
    const settings = vnpaySettings(connection.settings);
    return post(issuePath(request, settings), issueBody(request), { connection, settings, send, tokens });
  },

  async adjust(
    request: AdjustRequest,
    connection: IssuerConnection,
    send: Send,
    tokens: TokenCache,
  ): Promise<IssueOutcome> {
    const settings = vnpaySettings(connection.settings);
    return post(adjustPath(request, settings), adjustBody(request), { connection, settings, send, tokens });
  },

  async lookUp(key: ProviderKey, connection: IssuerConnection, send: Send, tokens: TokenCache): Promise<LookUpOutcome> {
    const settings = vnpaySettings(connection.settings);
    const call = { connection, settings, send, tokens };
    try {
      const { response, raw } = await callVnpay(call, 'GET', `${settings.lookUpPath}?${keyQuery(key)}`);
      return lookUpOutcome(response, key, raw, settings);
    } catch (error) {
      if (!isCallError(error)) throw error;
      return { outcome: 'FAILED', reason: error.message, raw: error.raw };
    }
  },

  async downloadPdf(
    key: ProviderKey,
    connection: IssuerConnection,
    send: Send,
    tokens: TokenCache,
  ): Promise<DownloadOutcome> {
    const settings = vnpaySettings(connection.settings);
    const call = { connection, settings, send, tokens };
    try {
      const { response } = await callVnpay(call, 'GET', `${settings.pdfPath}?${keyQuery(key)}`);
      return downloadOutcome(response, settings);
    } catch (error) {
      if (!isCallError(error)) throw error;
      return { outcome: 'FAILED', reason: error.message };
    }
  },

  async testConnection(connection: IssuerConnection, send: Send): Promise<ConnectionTest> {
    try {
      await fetchToken(connection, vnpaySettings(connection.settings), send, 0);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof VnpayTokenError)) throw error;
      return { ok: false, reason: error.message };
    }
  },
};

interface PostContext {
  readonly connection: IssuerConnection;
  readonly settings: VnpaySettings;
  readonly send: Send;
  readonly tokens: TokenCache;
}

async function post(path: string, body: VnpayIssueBody, context: PostContext): Promise<IssueOutcome> {
  const text = stringify(body);
  if (text === undefined) throw new TypeError('the request body has no JSON form');
  try {
    const { response, raw } = await callVnpay(context, 'POST', path, text);
    return issueOutcome(response, raw, context.settings);
  } catch (error) {
    if (error instanceof VnpayTokenError) return withoutToken(error);
    if (error instanceof VnpaySendError) return unanswered(error);
    throw error;
  }
}

/** Without a token the issuing request was never sent, or was answered 401: nothing can have been issued. */
function withoutToken(error: VnpayTokenError): IssueOutcome {
  const { raw, message, code, httpStatus, retryAfterMs } = error;
  if (!error.transient) return { outcome: 'REFUSED', permanent: false, code, message, httpStatus, raw };
  return {
    outcome: 'NOT_ISSUED',
    transient: true,
    proof: 'NEVER_SENT',
    reason: message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    raw,
  };
}

function unanswered({ error, message, raw }: VnpaySendError): IssueOutcome {
  if (error instanceof SendNotSentError) {
    return { outcome: 'NOT_ISSUED', transient: true, proof: 'NEVER_SENT', reason: message, raw };
  }
  // Any other rejection, also one that the sender should not make, may have come after the vendor acted.
  return { outcome: 'UNKNOWN', reason: error instanceof SendTimeoutError ? 'TIMEOUT' : 'NETWORK', message, raw };
}

function isCallError(error: unknown): error is VnpayTokenError | VnpaySendError {
  return error instanceof VnpayTokenError || error instanceof VnpaySendError;
}
