import type { Send, SendRequest } from '@nx/contracts';
import { InvalidInvoiceError } from '../../problem';
import { parseSymbol } from '../../series/symbol';
import { addressOf, exchange, LostCallError } from '../exchange';
import type {
  AdjustRequest,
  InvoiceIssuer,
  IssueOutcome,
  IssuerCapabilities,
  IssueRequest,
  IssuerConnection,
  LookUpOutcome,
  ProviderKey,
} from '../issuer';
import { unansweredOutcome } from '../outcomes';
import { redactAll, redactor } from '../redact';
import type { TokenCache } from '../token-cache';
import { refuseUncarried } from '../vendor-invoice';
import { issueOutcome, lookUpOutcome } from './answer';
import { invoiceMessage, kindOf, messageIdOf, signerOf } from './request';
import type { InvoiceMessageKind } from './request';
import { tvanSettings } from './settings';
import type { TvanSettings } from './settings';

const CAPABILITIES: IssuerCapabilities = {
  lookUp: true,
  lookUpProvesAbsence: false,
  adjust: true,
  replace: true,
  cancel: false,
  downloadPdf: false,
  downloadXml: false,
  forms: [1, 2],
  cashRegister: true,
  directReduction: true,
  sellerNumbers: true,
  // The check of data is asynchronous and no public source bounds it; most answers come within minutes.
  longestProcessingMs: 15 * 60_000,
};

/**
 * T-VAN direct: the seller's own software numbers, builds and signs invoices and sends them to the tax authority through
 * a T-VAN organisation (messages 200, 203, 206; answers 999, 202, 204; Decisions 1450 and 1510/QĐ-TCT). The message id
 * is made of our key, so a repeated call is the same message. Sending is never the end: until the authority's answer is
 * read, by the look-up or in the same answer, the outcome is UNKNOWN with reason PENDING.
 */
export const TVAN_DIRECT: InvoiceIssuer = {
  code: 'TVAN',
  capabilities: CAPABILITIES,
  extraCredentials: ['signingKey', 'signingCertificate'],

  async issue(request, connection, send, tokens) {
    return post(request, connection, send, tokens);
  },

  async adjust(request, connection, send, tokens) {
    return post(request, connection, send, tokens);
  },

  async lookUp(key, connection, send): Promise<LookUpOutcome> {
    const settings = tvanSettings(connection.settings);
    const id = messageIdOf(key, settings);
    if (settings.lookUpPath === '') return { outcome: 'FAILED', reason: 'settings.lookUpPath is not set' };
    const redact = redactor(secretsOf(connection));
    try {
      const { response, raw } = await exchange(send, lookUpRequest(id, connection, settings));
      const question = { id, kind: kindOfKey(key), ownNumber: key.ownNumber };
      return redactAll(lookUpOutcome(response, raw, question, settings), redact);
    } catch (error) {
      if (!(error instanceof LostCallError)) throw error;
      return redactAll({ outcome: 'FAILED', reason: error.message, raw: error.raw }, redact);
    }
  },

  /** Key and certificate must fit, and the organisation must let us ask for a message that nobody sent. */
  async testConnection(connection, send) {
    const redact = redactor(secretsOf(connection));
    try {
      const settings = tvanSettings(connection.settings);
      const { key, certificate } = signerOf(connection);
      if (!certificate.checkPrivateKey(key))
        return { ok: false, reason: 'signingKey is not that of signingCertificate' };
      if (settings.sendPath === '' || settings.lookUpPath === '') {
        return { ok: false, reason: 'settings.sendPath and settings.lookUpPath must be set' };
      }
      const nobody = `${settings.sender || 'K0000000000'}${'0'.repeat(32)}`;
      const { response } = await exchange(send, lookUpRequest(nobody, connection, settings));
      if (response.status < 400 || response.status === 404) return { ok: true };
      return { ok: false, reason: `status ${response.status}` };
    } catch (error) {
      if (!(error instanceof LostCallError) && !(error instanceof InvalidInvoiceError)) throw error;
      return { ok: false, reason: redact(error.message) };
    }
  },
};

async function post(
  request: IssueRequest | AdjustRequest,
  connection: IssuerConnection,
  send: Send,
  tokens: TokenCache,
): Promise<IssueOutcome> {
  const settings = tvanSettings(connection.settings);
  refuseUncarried('T-VAN', request, CAPABILITIES);
  if (settings.sendPath === '') {
    throw new InvalidInvoiceError([
      { pointer: '/settings/sendPath', detail: 'must be set: no public source shows it' },
    ]);
  }
  if (!request.autoSendCqt) {
    throw new InvalidInvoiceError([{ pointer: '/autoSendCqt', detail: 'T-VAN sends to the tax authority at once' }]);
  }
  const { id, kind, xml } = invoiceMessage(request, connection, settings, new Date(tokens.now()));
  const redact = redactor(secretsOf(connection));
  try {
    const { response, raw } = await exchange(send, {
      method: 'POST',
      url: addressOf(connection.baseUrl, settings.sendPath),
      headers: {
        'content-type': settings.contentType,
        accept: 'application/xml',
        ...authorization(connection, settings),
      },
      body: xml,
      timeoutMs: settings.timeoutMs,
    });
    return redactAll(issueOutcome(response, raw, { id, kind, ownNumber: request.key.ownNumber }), redact);
  } catch (error) {
    if (!(error instanceof LostCallError)) throw error;
    return redactAll(unansweredOutcome(error), redact);
  }
}

function lookUpRequest(id: string, connection: IssuerConnection, settings: TvanSettings): SendRequest {
  const query = new URLSearchParams({ [settings.lookUpParameter]: id });
  return {
    method: 'GET',
    url: `${addressOf(connection.baseUrl, settings.lookUpPath)}?${query.toString()}`,
    headers: { accept: 'application/xml', ...authorization(connection, settings) },
    timeoutMs: settings.timeoutMs,
  };
}

function authorization(connection: IssuerConnection, settings: TvanSettings): Readonly<Record<string, string>> {
  if (settings.authorization === 'NONE') return {};
  if (settings.authorization === 'BEARER') return { authorization: `Bearer ${connection.clientSecret}` };
  return { authorization: `Basic ${basicOf(connection)}` };
}

function basicOf({ clientId, clientSecret }: IssuerConnection): string {
  return Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
}

function secretsOf(connection: IssuerConnection): (string | undefined)[] {
  const { clientSecret, credentials } = connection;
  return [clientSecret, basicOf(connection), credentials?.['signingKey']];
}

/** Without a series in the key any kind may be meant; 200 takes every answer, but wants a code. */
function kindOfKey({ series, ownNumber }: ProviderKey): InvoiceMessageKind {
  const symbol = series === undefined ? undefined : parseSymbol(series)?.symbol;
  if (symbol !== undefined) return kindOf(symbol);
  return ownNumber?.cashRegisterCode === undefined ? '200' : '206';
}
