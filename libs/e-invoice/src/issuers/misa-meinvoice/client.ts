import type { SendResponse } from '@nx/contracts';
import { InvalidInvoiceError } from '../../problem';
import { addressOf } from '../exchange';
import type { IssuerConnection } from '../issuer';
import { secretsOf } from '../redact';
import type { LoginAnswer, TokenAccount, TokenRefusal } from '../token-session';
import { envelopeOf, tokenOf } from './answer';
import { TOKEN_CODES } from './codes';
import type { MisaSettings } from './settings';

/**
 * How an account logs in: clientId is the user name, clientSecret the password, `credentials.appId` what the vendor gave
 * the integrator. `taxCode` is the seller's. Throws InvalidInvoiceError for a connection without them.
 */
export function misaAccount(
  connection: IssuerConnection,
  settings: MisaSettings,
  sellerTaxCode?: string,
): TokenAccount {
  const { baseUrl, clientId: username, clientSecret: password } = connection;
  const appid = connection.credentials?.['appId'] ?? '';
  const taxcode = connection.taxCode ?? sellerTaxCode ?? '';
  const problems = [
    ...(appid === '' ? [{ pointer: '/credentials/appId', detail: 'is required by MISA' }] : []),
    ...(taxcode === '' ? [{ pointer: '/taxCode', detail: 'is required by MISA' }] : []),
  ];
  if (problems.length > 0) throw new InvalidInvoiceError(problems);
  return {
    vendor: 'MISA',
    identity: [baseUrl, appid, taxcode, username, password],
    secrets: secretsOf(connection),
    login: {
      method: 'POST',
      url: addressOf(baseUrl, settings.tokenPath),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ appid, taxcode, username, password }),
      timeoutMs: settings.timeoutMs,
    },
    readLogin: (response) => readLogin(response, settings),
    authorise: (token) => ({
      authorization: `Bearer ${token}`,
      ...(settings.sendTaxCodeHeader ? { [settings.taxCodeHeader.toLowerCase()]: taxcode } : {}),
    }),
    tokenRefusal,
  };
}

/** The vendor says it by status or by one of three codes; either way the call itself was not looked at. */
function tokenRefusal(response: SendResponse): TokenRefusal {
  if (response.status === 401) return 'PROVEN';
  if (response.status >= 500) return 'NO';
  const envelope = envelopeOf(response);
  return envelope !== undefined && !envelope.success && TOKEN_CODES.has(envelope.code) ? 'PROVEN' : 'NO';
}

function readLogin(response: SendResponse, settings: MisaSettings): LoginAnswer {
  const { status } = response;
  const envelope = envelopeOf(response);
  const token = status === 200 ? tokenOf(envelope) : undefined;
  if (token !== undefined) return { kind: 'TOKEN', token, lifetimeMs: settings.tokenLifetimeMs };
  const told = envelope !== undefined && !envelope.success && status === 200;
  const refused = told || (status >= 400 && status < 500 && status !== 429);
  return {
    kind: refused ? 'REFUSED' : 'UNAVAILABLE',
    code: envelope?.code || `HTTP_${status}`,
    message: envelope?.message ?? '',
  };
}
