import type { Send } from '@nx/contracts';
import type { CodeTable } from '../code-table';
import type {
  AdjustRequest,
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
import { refuseUncarried } from '../vendor-invoice';
import { downloadOutcome, issueOutcome, lookUpOutcome } from './answer';
import { callVnpt, secretArg, type VnptCall } from './client';
import { BUSINESS_CODES, PUBLISH_CODES } from './codes';
import { adjustXml, fkeyOf, originalFkey, patternOf, publishXml, replaceXml } from './request';
import { vnptSettings, type VnptSettings } from './settings';
import { cdata, element } from './soap';

const CAPABILITIES: IssuerCapabilities = {
  lookUp: true,
  lookUpProvesAbsence: true,
  adjust: true,
  replace: true,
  cancel: false,
  downloadPdf: true,
  downloadXml: false,
  forms: [1, 2],
  cashRegister: false,
  directReduction: false,
  longestProcessingMs: 120_000,
};

/** VNPT Invoice, SOAP 1.1. The base URL is the tenant's; what public sources leave open is in VnptSettings. */
export const VNPT_SOAP: InvoiceIssuer = {
  code: 'VNPT',
  capabilities: CAPABILITIES,
  extraCredentials: ['serviceUser', 'servicePassword'],

  async issue(request, connection, send) {
    const settings = vnptSettings(connection.settings);
    refuseUncarried('VNPT', request, CAPABILITIES);
    return publish(request, connection, settings, send);
  },

  async adjust(request, connection, send) {
    const settings = vnptSettings(connection.settings);
    refuseUncarried('VNPT', request, CAPABILITIES);
    return change(request, connection, settings, send);
  },

  async lookUp(key, connection, send) {
    const settings = vnptSettings(connection.settings);
    const fkey = fkeyOf(key);
    return callVnpt<LookUpOutcome>(
      connection,
      settings,
      send,
      lookUpCall(fkey, settings),
      ({ response, raw }) => lookUpOutcome(response, raw, fkey, settings),
      ({ message, raw }) => ({ outcome: 'FAILED', reason: message, raw }),
    );
  },

  async downloadPdf(key, connection, send) {
    return download(key, connection, send);
  },

  /** The service has no login, so it is asked for an invoice that nobody made: only its credentials decide the answer. */
  async testConnection(connection, send) {
    const settings = vnptSettings(connection.settings);
    const fkey = '00000000-0000-4000-8000-000000000000';
    const outcome = await callVnpt<LookUpOutcome>(
      connection,
      settings,
      send,
      lookUpCall(fkey, settings),
      ({ response, raw }) => lookUpOutcome(response, raw, fkey, settings),
      ({ message, raw }) => ({ outcome: 'FAILED', reason: message, raw }),
    );
    return outcome.outcome === 'FAILED' ? { ok: false, reason: outcome.reason } : { ok: true };
  },
};

async function publish(
  request: IssueRequest,
  connection: IssuerConnection,
  settings: VnptSettings,
  send: Send,
): Promise<IssueOutcome> {
  const xml = publishXml(request, settings);
  const pattern = patternOf(request, settings);
  const call: VnptCall = {
    path: settings.publishPath,
    method: settings.publishMethod,
    args: ({ account, accountPassword, serviceUser, servicePassword }) => [
      secretArg('Account', account),
      secretArg('ACpass', accountPassword),
      `<xmlInvData>${cdata(xml)}</xmlInvData>`,
      secretArg('username', serviceUser),
      secretArg('password', servicePassword),
      element('pattern', pattern, '/settings/pattern'),
      element('serial', request.symbol, '/symbol'),
      '<convert>0</convert>',
    ],
  };
  return issued(call, PUBLISH_CODES, request, pattern, connection, settings, send);
}

async function change(
  request: AdjustRequest,
  connection: IssuerConnection,
  settings: VnptSettings,
  send: Send,
): Promise<IssueOutcome> {
  const replaces = request.origin === 'REPLACEMENT';
  const xml = replaces ? replaceXml(request, settings) : adjustXml(request, settings);
  const pattern = patternOf(request, settings);
  const original = originalFkey(request);
  const call: VnptCall = {
    path: settings.businessPath,
    method: replaces ? settings.replaceMethod : settings.adjustMethod,
    args: ({ account, accountPassword, serviceUser, servicePassword }) => [
      secretArg('Account', account),
      secretArg('ACpass', accountPassword),
      `<xmlInvData>${cdata(xml)}</xmlInvData>`,
      secretArg('username', serviceUser),
      secretArg('pass', servicePassword),
      element('fkey', original, '/original/requestId'),
      element('AttachFile', settings.attachFile, '/settings/attachFile'),
      '<convert>0</convert>',
      element('pattern', pattern, '/settings/pattern'),
      element('serial', request.symbol, '/symbol'),
    ],
  };
  return issued(call, BUSINESS_CODES, request, pattern, connection, settings, send);
}

async function issued(
  call: VnptCall,
  codes: CodeTable,
  request: IssueRequest,
  pattern: string,
  connection: IssuerConnection,
  settings: VnptSettings,
  send: Send,
): Promise<IssueOutcome> {
  const expected = { fkey: fkeyOf(request.key), pattern, serial: request.symbol };
  return callVnpt<IssueOutcome>(
    connection,
    settings,
    send,
    call,
    ({ response, raw }) => issueOutcome(response, raw, call.method, codes, expected),
    unansweredOutcome,
  );
}

function lookUpCall(fkey: string, settings: VnptSettings): VnptCall {
  return {
    path: settings.portalPath,
    method: settings.lookUpMethod,
    args: ({ serviceUser, servicePassword }) => [
      element('key', fkey, '/key/requestId'),
      '<fromDate></fromDate>',
      '<toDate></toDate>',
      secretArg('userName', serviceUser),
      secretArg('userPass', servicePassword),
    ],
  };
}

async function download(key: ProviderKey, connection: IssuerConnection, send: Send): Promise<DownloadOutcome> {
  const settings = vnptSettings(connection.settings);
  const call: VnptCall = {
    path: settings.portalPath,
    method: settings.pdfMethod,
    args: ({ serviceUser, servicePassword }) => [
      element('fkey', fkeyOf(key), '/key/requestId'),
      secretArg('userName', serviceUser),
      secretArg('userPass', servicePassword),
    ],
  };
  return callVnpt<DownloadOutcome>(
    connection,
    settings,
    send,
    call,
    ({ response }) => downloadOutcome(response, call.method),
    ({ message }) => ({ outcome: 'FAILED', reason: message }),
  );
}
