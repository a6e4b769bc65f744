import { stringify } from 'lossless-json';
import type { Send, SendRequest } from '@nx/contracts';
import { askVendor, testLogin, type VendorDesk } from '../ask-vendor';
import { addressOf } from '../exchange';
import type {
  DownloadOutcome,
  InvoiceIssuer,
  IssueOutcome,
  IssuerCapabilities,
  IssueRequest,
  IssuerConnection,
  LookUpOutcome,
  ProviderKey,
} from '../issuer';
import { unansweredOutcome } from '../outcomes';
import type { TokenCache } from '../token-cache';
import { printedSeries, refuseUncarried } from '../vendor-invoice';
import { vendorUuid } from '../vendor-uuid';
import { downloadOutcome, issueOutcome, lookUpOutcome } from './answer';
import { misaAccount } from './client';
import { adjustBody, publishBody, seriesQuery } from './request';
import { misaSettings, type MisaSettings } from './settings';
import type { MisaPublishBody } from './wire';

interface Desk extends VendorDesk {
  readonly connection: IssuerConnection;
  readonly settings: MisaSettings;
}

const CAPABILITIES: IssuerCapabilities = {
  lookUp: true,
  lookUpProvesAbsence: true,
  adjust: true,
  replace: true,
  cancel: false,
  downloadPdf: true,
  downloadXml: false,
  forms: [1, 2],
  cashRegister: true,
  directReduction: false,
  longestProcessingMs: 60_000,
};

/** MISA meInvoice, integration API. What only integrators' code shows is in MisaSettings. */
export const MISA_MEINVOICE: InvoiceIssuer = {
  code: 'MISA',
  capabilities: CAPABILITIES,
  extraCredentials: ['appId'],

  async issue(request, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens, request.key);
    refuseUncarried('meInvoice', request, CAPABILITIES);
    return publish(desk, request, publishBody(request, desk.settings));
  },

  async adjust(request, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens, request.key);
    refuseUncarried('meInvoice', request, CAPABILITIES);
    return publish(desk, request, adjustBody(request, desk.settings));
  },

  async lookUp(key, connection, send, tokens) {
    return find(deskOf(connection, send, tokens, key), key);
  },

  async downloadPdf(key, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens, key);
    const found = await find(desk, key);
    if (found.outcome === 'NOT_FOUND') return { outcome: 'NOT_FOUND' };
    if (found.outcome === 'FAILED') return { outcome: 'FAILED', reason: found.reason };
    const transactionId = found.providerReference;
    if (transactionId === undefined) return { outcome: 'FAILED', reason: 'the vendor names no TransactionID' };
    const query = { ...seriesQuery(key, desk.settings), downloadDataType: 'pdf' };
    return askVendor<DownloadOutcome>(
      desk,
      postOf(desk, desk.settings.downloadPath, JSON.stringify([transactionId]), query),
      ({ response }) => downloadOutcome(response, transactionId),
      ({ message }) => ({ outcome: 'FAILED', reason: message }),
    );
  },

  async testConnection(connection, send) {
    return testLogin(misaAccount(connection, misaSettings(connection.settings)), send);
  },
};

function deskOf(connection: IssuerConnection, send: Send, tokens: TokenCache, key: ProviderKey): Desk {
  const settings = misaSettings(connection.settings);
  return { account: misaAccount(connection, settings, key.taxCode), connection, settings, send, tokens };
}

async function publish(desk: Desk, request: IssueRequest, body: MisaPublishBody): Promise<IssueOutcome> {
  const text = stringify(body);
  if (text === undefined) throw new TypeError('the request body has no JSON form');
  const expected = { refId: vendorUuid(request.key), series: printedSeries(request) };
  return askVendor(
    desk,
    postOf(desk, desk.settings.publishPath, text),
    ({ response, raw }) => issueOutcome(response, raw, expected),
    unansweredOutcome,
  );
}

async function find(desk: Desk, key: ProviderKey): Promise<LookUpOutcome> {
  const { settings } = desk;
  const refId = vendorUuid(key);
  const query = { ...seriesQuery(key, settings), inputType: String(settings.statusInputType) };
  return askVendor<LookUpOutcome>(
    desk,
    postOf(desk, settings.statusPath, JSON.stringify([refId]), query),
    ({ response, raw }) => lookUpOutcome(response, raw, refId),
    ({ message, raw }) => ({ outcome: 'FAILED', reason: message, raw }),
  );
}

function postOf(
  { connection, settings }: Desk,
  path: string,
  body: string,
  query: Readonly<Record<string, string>> = {},
): SendRequest {
  const search = new URLSearchParams(query).toString();
  return {
    method: 'POST',
    url: `${addressOf(connection.baseUrl, path)}${search === '' ? '' : `?${search}`}`,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body,
    timeoutMs: settings.timeoutMs,
  };
}
