import type { DownloadOutcome, IssuedInvoice, IssueOutcome, LookUpOutcome, ProviderKey, RawExchange } from '../issuer';
import type { SendResponse } from '@nx/contracts';
import type { VnpaySettings } from './settings';
import { VNPAY_SUCCESS_CODE } from './wire';
import type { VnpayAnswer } from './wire';

/** Statuses that say that the account may not do this, whatever the invoice. */
const ACCOUNT_STATUSES: ReadonlySet<number> = new Set([401, 403]);

/** Reads `{code, message, data}`; a body of another shape has no code. Never throws. */
export function readAnswer(body: string): VnpayAnswer {
  const value = parsed(body);
  if (!isObject(value)) return { code: undefined, message: '', data: undefined };
  return { code: textOf(value['code']), message: textOf(value['message']) ?? '', data: value['data'] };
}

/**
 * What an answer to an issuing call proves. Issued is the success code with an invoice number. 429 was not looked at;
 * any other 4xx, and status 200 with another code, is a refusal; a repeated request id, a 5xx and whatever else cannot
 * be read as one of these leaves the question open.
 */
export function issueOutcome(response: SendResponse, raw: RawExchange, settings: VnpaySettings): IssueOutcome {
  const { status } = response;
  const answer = readAnswer(response.body);
  const unknown = (reason: (IssueOutcome & { outcome: 'UNKNOWN' })['reason'], message: string): IssueOutcome => ({
    outcome: 'UNKNOWN',
    reason,
    message,
    raw,
  });
  if (answer.code === settings.duplicateCode) {
    return unknown('DUPLICATE_REQUEST', answer.message || 'the vendor has seen this request id before');
  }
  if (status === 429) {
    const retryAfterMs = retryAfter(response);
    return {
      outcome: 'NOT_ISSUED',
      transient: true,
      proof: 'RATE_LIMITED',
      reason: answer.message || 'too many requests',
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      raw,
    };
  }
  if (status >= 400 && status < 500) {
    return {
      outcome: 'REFUSED',
      permanent: !ACCOUNT_STATUSES.has(status),
      code: answer.code ?? `HTTP_${status}`,
      message: answer.message || `status ${status}`,
      httpStatus: status,
      raw,
    };
  }
  if (status >= 500) return unknown('SERVER_ERROR', answer.message || `status ${status}`);
  if (status !== 200 || answer.code === undefined) {
    return unknown('UNREADABLE_ANSWER', `status ${status} without a readable answer code`);
  }
  if (answer.code !== VNPAY_SUCCESS_CODE) {
    return { outcome: 'REFUSED', permanent: true, code: answer.code, message: answer.message, httpStatus: status, raw };
  }
  const issued = issuedInvoice(answer.data);
  if (issued === undefined) return unknown('NO_INVOICE_NUMBER', 'success without an invoice number');
  return { outcome: 'ISSUED', ...issued, raw };
}

/**
 * What an answer to a look-up proves. Only the vendor's own code for it is "not found"; a bare status 404 may be a wrong
 * path. An entry without a number is a draft, and one of another key is an answer to another question: both FAILED.
 */
export function lookUpOutcome(
  response: SendResponse,
  key: ProviderKey,
  raw: RawExchange,
  settings: VnpaySettings,
): LookUpOutcome {
  const { status } = response;
  const answer = readAnswer(response.body);
  const failed = (reason: string): LookUpOutcome => ({ outcome: 'FAILED', reason, raw });
  if (answer.code === settings.notFoundCode && (status === 200 || status === 404)) return { outcome: 'NOT_FOUND', raw };
  if (status !== 200 || answer.code !== VNPAY_SUCCESS_CODE) {
    return failed(`status ${status}, code ${answer.code ?? 'none'} ${answer.message}`.trim());
  }
  if (!matchesKey(answer.data, key)) return failed('the answer is about another request');
  const issued = issuedInvoice(answer.data);
  return issued === undefined
    ? failed('known to the vendor, but without an invoice number')
    : { outcome: 'FOUND', ...issued, raw };
}

/** The PDF of an answer `{code, message, data: base64}`. */
export function downloadOutcome(response: SendResponse, settings: VnpaySettings): DownloadOutcome {
  const { status } = response;
  const answer = readAnswer(response.body);
  if (answer.code === settings.notFoundCode && (status === 200 || status === 404)) return { outcome: 'NOT_FOUND' };
  if (status !== 200 || answer.code !== VNPAY_SUCCESS_CODE || typeof answer.data !== 'string') {
    return { outcome: 'FAILED', reason: `status ${status}, code ${answer.code ?? 'none'} ${answer.message}`.trim() };
  }
  const bytes = Buffer.from(answer.data, 'base64');
  if (bytes.subarray(0, 5).toString('latin1') !== '%PDF-') return { outcome: 'FAILED', reason: 'the data is no PDF' };
  return { outcome: 'DOWNLOADED', contentType: 'application/pdf', bytes };
}

/** The access token of a token answer, or undefined when it carries none. */
export function accessToken(answer: VnpayAnswer): string | undefined {
  if (answer.code !== VNPAY_SUCCESS_CODE || !isObject(answer.data)) return undefined;
  const token = answer.data['accessToken'];
  return typeof token === 'string' && token !== '' ? token : undefined;
}

function issuedInvoice(data: unknown): IssuedInvoice | undefined {
  if (!isObject(data)) return undefined;
  const invoiceNumber = textOf(data['invoiceNumber']);
  // Drafts are shown with number 0.
  if (invoiceNumber === undefined || /^0*$/.test(invoiceNumber)) return undefined;
  const cqtCode = textOf(data['cqtCode']) || textOf(data['taxAuthorityCode']);
  const lookupCode = textOf(data['lookupCode']);
  const providerReference = textOf(data['invoiceId']) || textOf(data['id']);
  return {
    invoiceNumber,
    ...(cqtCode ? { cqtCode } : {}),
    ...(lookupCode ? { lookupCode } : {}),
    ...(providerReference ? { providerReference } : {}),
  };
}

function matchesKey(data: unknown, key: ProviderKey): boolean {
  if (!isObject(data)) return true;
  const requestId = textOf(data['requestId']);
  return requestId === undefined || requestId === key.requestId;
}

/** Retry-After in milliseconds, where the answer carries it in seconds. */
export function retryAfter(response: SendResponse): number | undefined {
  const text = response.headers['retry-after'];
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) * 1000 : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // A body that is no JSON is an answer that says nothing; the caller classifies it by its status.
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' ? String(value) : undefined;
}
