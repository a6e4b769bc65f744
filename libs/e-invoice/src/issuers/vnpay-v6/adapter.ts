import { stringify } from 'lossless-json';
import type { Send, SendRequest } from '@nx/contracts';
import { askVendor, testLogin, type VendorDesk } from '../ask-vendor';
import { addressOf } from '../exchange';
import type {
  DownloadOutcome,
  InvoiceIssuer,
  IssueOutcome,
  IssuerConnection,
  LookUpOutcome,
  ProviderKey,
} from '../issuer';
import { unansweredOutcome } from '../outcomes';
import type { TokenCache } from '../token-cache';
import { downloadOutcome, issueOutcome, lookUpOutcome } from './answer';
import { vnpayAccount } from './client';
import { adjustBody, adjustPath, issueBody, issuePath, keyQuery } from './request';
import { vnpaySettings, type VnpaySettings } from './settings';
import type { VnpayIssueBody } from './wire';

interface Desk extends VendorDesk {
  readonly connection: IssuerConnection;
  readonly settings: VnpaySettings;
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
    return testLogin(vnpayAccount(connection, vnpaySettings(connection.settings)), send);
  },
};

function deskOf(connection: IssuerConnection, send: Send, tokens: TokenCache): Desk {
  const settings = vnpaySettings(connection.settings);
  return { account: vnpayAccount(connection, settings), connection, settings, send, tokens };
}

async function post(desk: Desk, path: string, body: VnpayIssueBody, key: ProviderKey): Promise<IssueOutcome> {
  const text = stringify(body);
  if (text === undefined) throw new TypeError('the request body has no JSON form');
  return askVendor(
    desk,
    requestOf(desk, 'POST', path, text),
    ({ response, raw }) => issueOutcome(response, raw, desk.settings, key),
    unansweredOutcome,
  );
}

async function find(desk: Desk, key: ProviderKey): Promise<LookUpOutcome> {
  return askVendor<LookUpOutcome>(
    desk,
    requestOf(desk, 'GET', `${desk.settings.lookUpPath}?${keyQuery(key)}`),
    ({ response, raw }) => lookUpOutcome(response, key, raw, desk.settings),
    ({ message, raw }) => ({ outcome: 'FAILED', reason: message, raw }),
  );
}

async function download(desk: Desk, key: ProviderKey): Promise<DownloadOutcome> {
  return askVendor<DownloadOutcome>(
    desk,
    requestOf(desk, 'GET', `${desk.settings.pdfPath}?${keyQuery(key)}`),
    ({ response }) => downloadOutcome(response, desk.settings),
    ({ message }) => ({ outcome: 'FAILED', reason: message }),
  );
}

function requestOf(desk: Desk, method: 'GET' | 'POST', path: string, body?: string): SendRequest {
  return {
    method,
    url: addressOf(desk.connection.baseUrl, path),
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body }),
    timeoutMs: desk.settings.timeoutMs,
  };
}
