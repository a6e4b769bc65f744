import type { Send } from '@nx/contracts';
import { InvalidInvoiceError } from '../../problem';
import { addressOf, exchange, LostCallError, type Exchange } from '../exchange';
import type { IssuerConnection } from '../issuer';
import { REDACTED, redactAll, redactor, secretsOf } from '../redact';
import type { VnptSettings } from './settings';
import { element, envelopeOf, soapAction } from './soap';

/**
 * The four credentials, which every call carries: the account that issues (clientId, clientSecret) and the user of the
 * service (`credentials.serviceUser`, `credentials.servicePassword`).
 */
export interface VnptCredentials {
  readonly account: string;
  readonly accountPassword: string;
  readonly serviceUser: string;
  readonly servicePassword: string;
}

/** Throws InvalidInvoiceError for a connection that lacks one. */
export function vnptCredentials({ clientId, clientSecret, credentials = {} }: IssuerConnection): VnptCredentials {
  const problems = ['serviceUser', 'servicePassword']
    .filter((name) => (credentials[name] ?? '') === '')
    .map((name) => ({ pointer: `/credentials/${name}`, detail: 'is required by VNPT' }));
  if (problems.length > 0) throw new InvalidInvoiceError(problems);
  return {
    account: clientId,
    accountPassword: clientSecret,
    serviceUser: credentials['serviceUser'] ?? '',
    servicePassword: credentials['servicePassword'] ?? '',
  };
}

const MASKED: VnptCredentials = {
  account: REDACTED,
  accountPassword: REDACTED,
  serviceUser: REDACTED,
  servicePassword: REDACTED,
};

/** One call of a method. `args` writes its arguments with the credentials it is given. */
export interface VnptCall {
  readonly path: string;
  readonly method: string;
  readonly args: (credentials: VnptCredentials) => readonly string[];
}

/** Sends one call and gives what its answer means, or what having none means, without a secret in either. */
export async function callVnpt<T>(
  connection: IssuerConnection,
  settings: VnptSettings,
  send: Send,
  { path, method, args }: VnptCall,
  read: (exchange: Exchange) => T,
  unanswered: (error: LostCallError) => T,
): Promise<T> {
  const credentials = vnptCredentials(connection);
  const redact = redactor(secretsOf(connection));
  const request = {
    method: 'POST',
    url: addressOf(connection.baseUrl, path),
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: soapAction(method) },
    body: envelopeOf(method, args(credentials)),
    timeoutMs: settings.timeoutMs,
  } as const;
  try {
    // The record shows the envelope with its credentials masked, not the one that was sent.
    return redactAll(read(await exchange(send, request, envelopeOf(method, args(MASKED)))), redact);
  } catch (error) {
    if (!(error instanceof LostCallError)) throw error;
    return redactAll(unanswered(error), redact);
  }
}

/** An argument that is a credential. */
export function secretArg(name: string, value: string): string {
  return element(name, value, `/credentials/${name}`);
}
