import { stringify } from 'lossless-json';
import type { Send, SendRequest } from '@nx/contracts';
import { addressOf, LostCallError } from '../exchange';
import type {
  DownloadOutcome,
  InvoiceIssuer,
  IssueOutcome,
  IssuerConnection,
  LookUpOutcome,
  ProviderKey,
} from '../issuer';
import { unansweredOutcome } from '../outcomes';
import { redactAll } from '../redact';
import type { TokenCache } from '../token-cache';
import { callWithToken, logIn, LoginError, type AuthorisedExchange } from '../token-session';
import { downloadOutcome, issueOutcome, lookUpOutcome } from './answer';
import { vnpayAccount, vnpayRedaction } from './client';
import { adjustBody, adjustPath, issueBody, issuePath, keyQuery } from './request';
import { vnpaySettings, type VnpaySettings } from './settings';
import type { VnpayIssueBody } from './wire';

/** One account with everything that a call needs. */
interface Desk {
  readonly connection: IssuerConnection;
  readonly settings: VnpaySettings;
  readonly send: Send;
  readonly tokens: TokenCache;
}

/** VNPAY e-invoice API v6. What its public protocol does not tell is in VnpaySettings. */
export const VNPAY_V6: InvoiceIssuer = {
  code: 'VNPAY',
  capabilities: {
    lookUp: true,
    lookUpProvesAbsence: true,
    adjust: true,
    replace: true,
    cancel: false,
    downloadPdf: true,
    downloadXml: false,
    forms: [1, 2],
    cashRegister: true,
    directReduction: true,
    longestProcessingMs: 60_000,
  },
  extraCredentials: [],

  async issue(request, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens);
    return post(desk, issuePath(request, desk.settings), issueBody(request), request.key);
  },

  async adjust(request, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens);
    return post(desk, adjustPath(request, desk.settings), adjustBody(request), request.key);
  },

  async lookUp(key, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens);
    const outcome = await find(desk, key);
    if (outcome.outcome !== 'NOT_FOUND' || !desk.settings.confirmByPdf) return outcome;
    const pdf = await download(desk, key);
    if (pdf.outcome !== 'DOWNLOADED') return outcome;
    const reason = 'the look-up finds nothing, but there is a PDF: issued, number unknown';
    return { outcome: 'FAILED', reason, unsettled: true, raw: outcome.raw };
  },

  async downloadPdf(key, connection, send, tokens) {
    return download(deskOf(connection, send, tokens), key);
  },

  async testConnection(connection, send) {
    try {
      await logIn(vnpayAccount(connection, vnpaySettings(connection.settings)), send, 0);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof LoginError)) throw error;
      return { ok: false, reason: vnpayRedaction(connection)(error.message) };
    }
  },
};

function deskOf(connection: IssuerConnection, send: Send, tokens: TokenCache): Desk {
  return { connection, settings: vnpaySettings(connection.settings), send, tokens };
}

async function post(desk: Desk, path: string, body: VnpayIssueBody, key: ProviderKey): Promise<IssueOutcome> {
  const text = stringify(body);
  if (text === undefined) throw new TypeError('the request body has no JSON form');
  return asked(
    desk,
    { method: 'POST', path, body: text },
    ({ response, raw }) => issueOutcome(response, raw, desk.settings, key),
    unansweredOutcome,
  );
}

async function find(desk: Desk, key: ProviderKey): Promise<LookUpOutcome> {
  return asked(
    desk,
    { method: 'GET', path: `${desk.settings.lookUpPath}?${keyQuery(key)}` },
    ({ response, raw }) => lookUpOutcome(response, key, raw, desk.settings),
    ({ message, raw }) => ({ outcome: 'FAILED', reason: message, raw }),
  );
}

async function download(desk: Desk, key: ProviderKey): Promise<DownloadOutcome> {
  return asked<DownloadOutcome>(
    desk,
    { method: 'GET', path: `${desk.settings.pdfPath}?${keyQuery(key)}` },
    ({ response }) => downloadOutcome(response, desk.settings),
    ({ message }) => ({ outcome: 'FAILED', reason: message }),
  );
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** One call: its answer, or what having none means, without a secret in either. */
async function asked<T>(
  desk: Desk,
  { method, path, body }: Call,
  read: (exchange: AuthorisedExchange) => T,
  unanswered: (error: LostCallError | LoginError) => T,
): Promise<T> {
  const { connection, settings, send, tokens } = desk;
  const request: SendRequest = {
    method,
    url: addressOf(connection.baseUrl, path),
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body }),
    timeoutMs: settings.timeoutMs,
  };
  try {
    const exchange = await callWithToken(vnpayAccount(connection, settings), send, tokens, request);
    return redactAll(read(exchange), vnpayRedaction(connection, exchange.token));
  } catch (error) {
    if (!(error instanceof LoginError) && !(error instanceof LostCallError)) throw error;
    return redactAll(unanswered(error), vnpayRedaction(connection));
  }
}
