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
import { refuseUncarried } from '../vendor-invoice';
import { vendorUuid } from '../vendor-uuid';
import { downloadOutcome, issueOutcome, lookUpOutcome } from './answer';
import { viettelAccount } from './client';
import { adjustBody, issueBody, knownTemplate } from './request';
import { viettelSettings, type ViettelSettings } from './settings';
import type { ViettelFileBody, ViettelInvoiceBody } from './wire';

interface Desk extends VendorDesk {
  readonly connection: IssuerConnection;
  readonly settings: ViettelSettings;
}

const CAPABILITIES: IssuerCapabilities = {
  lookUp: true,
  lookUpProvesAbsence: false,
  adjust: true,
  replace: true,
  cancel: false,
  downloadPdf: true,
  downloadXml: false,
  forms: [1, 2],
  cashRegister: true,
  directReduction: false,
  longestProcessingMs: 90_000,
};

/** Viettel SInvoice v2 (document v2.44). What public sources leave open is in ViettelSettings. */
export const VIETTEL_SINVOICE_V2: InvoiceIssuer = {
  code: 'VIETTEL',
  capabilities: CAPABILITIES,
  extraCredentials: [],

  async issue(request, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens);
    refuseUncarried('SInvoice', request, CAPABILITIES);
    return create(desk, request, issueBody(request, desk.settings));
  },

  async adjust(request, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens);
    refuseUncarried('SInvoice', request, CAPABILITIES);
    return create(desk, request, adjustBody(request, desk.settings));
  },

  async lookUp(key, connection, send, tokens) {
    return find(deskOf(connection, send, tokens), key);
  },

  async downloadPdf(key, connection, send, tokens) {
    const desk = deskOf(connection, send, tokens);
    const found = await find(desk, key);
    if (found.outcome === 'NOT_FOUND') return { outcome: 'NOT_FOUND' };
    if (found.outcome === 'FAILED') return { outcome: 'FAILED', reason: found.reason };
    const symbol = found.symbol ?? '';
    const file: ViettelFileBody = {
      supplierTaxCode: key.taxCode,
      invoiceNo: `${symbol}${found.invoiceNumber}`,
      templateCode: knownTemplate(symbol, desk.settings),
      fileType: 'PDF',
    };
    return askVendor<DownloadOutcome>(
      desk,
      postOf(desk, 'InvoiceUtilsWS/getInvoiceRepresentationFile', 'application/json', JSON.stringify(file)),
      ({ response }) => downloadOutcome(response),
      ({ message }) => ({ outcome: 'FAILED', reason: message }),
    );
  },

  async testConnection(connection, send) {
    return testLogin(viettelAccount(connection, viettelSettings(connection.settings)), send);
  },
};

function deskOf(connection: IssuerConnection, send: Send, tokens: TokenCache): Desk {
  const settings = viettelSettings(connection.settings);
  return { account: viettelAccount(connection, settings), connection, settings, send, tokens };
}

async function create(desk: Desk, request: IssueRequest, body: ViettelInvoiceBody): Promise<IssueOutcome> {
  const { key, symbol } = request;
  const text = stringify(body);
  if (text === undefined) throw new TypeError('the request body has no JSON form');
  return askVendor(
    desk,
    postOf(desk, `InvoiceWS/createInvoice/${encodeURIComponent(key.taxCode)}`, 'application/json', text),
    ({ response, raw, doubtful }) => issueOutcome(response, raw, { taxCode: key.taxCode, symbol }, doubtful),
    unansweredOutcome,
  );
}

async function find(desk: Desk, key: ProviderKey): Promise<LookUpOutcome> {
  const form = new URLSearchParams({ supplierTaxCode: key.taxCode, transactionUuid: vendorUuid(key) }).toString();
  return askVendor<LookUpOutcome>(
    desk,
    postOf(desk, 'InvoiceWS/searchInvoiceByTransactionUuid', 'application/x-www-form-urlencoded', form),
    ({ response, raw }) => lookUpOutcome(response, raw, desk.settings),
    ({ message, raw }) => ({ outcome: 'FAILED', reason: message, raw }),
  );
}

function postOf({ connection, settings }: Desk, method: string, contentType: string, body: string): SendRequest {
  return {
    method: 'POST',
    url: addressOf(connection.baseUrl, `${settings.apiPath}/${method}`),
    headers: { accept: 'application/json', 'content-type': contentType },
    body,
    timeoutMs: settings.timeoutMs,
  };
}
