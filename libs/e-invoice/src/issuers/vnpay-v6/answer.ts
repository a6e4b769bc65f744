import type { SendResponse } from '@nx/contracts';
import {
  AnswerFormatError,
  codeMember,
  FILE_ANSWER,
  membersOf,
  ownMember,
  parseJsonAnswer,
  remark,
  type Members,
} from '../answer-format';
import type { DownloadOutcome, IssuedInvoice, IssueOutcome, LookUpOutcome, ProviderKey, RawExchange } from '../issuer';
import { clientErrorOutcome, rateLimited, unknownOutcome } from '../outcomes';
import { pdfOutcome } from '../pdf-answer';
import { isDraftNumber } from '../vendor-invoice';
import type { VnpaySettings } from './settings';
import { VNPAY_SUCCESS_CODE, type VnpayAnswer } from './wire';

const NO_ANSWER: VnpayAnswer = { code: undefined, message: '', data: undefined };

/** Reads `{code, message, data}`; a body of another shape has no code. Never throws. */
export function readAnswer(body: string): VnpayAnswer {
  try {
    const members = membersOf(parseJsonAnswer(body, FILE_ANSWER), '');
    return { code: codeMember(members, 'code'), message: remark(members['message']), data: ownMember(members, 'data') };
  } catch (error) {
    // A body of another shape is an answer that says nothing; the caller classifies it by its status.
    if (error instanceof AnswerFormatError) return NO_ANSWER;
    throw error;
  }
}

/**
 * What an answer to an issuing call proves. Issued is the success code with an invoice number. 429 was not looked at;
 * any other 4xx, and status 200 with another code, is a refusal; a repeated request id, a 5xx and whatever else cannot
 * be read as one of these leaves the question open.
 */
export function issueOutcome(
  response: SendResponse,
  raw: RawExchange,
  settings: VnpaySettings,
  key?: ProviderKey,
): IssueOutcome {
  const { status } = response;
  const answer = readAnswer(response.body);
  if (answer.code === settings.duplicateCode) {
    return unknownOutcome('DUPLICATE_REQUEST', answer.message || 'the vendor has seen this request id before', raw);
  }
  if (status === 429) return rateLimited(response, raw, answer.message);
  if (status >= 400 && status < 500) return clientErrorOutcome(status, answer.code, answer.message, raw);
  if (status >= 500) return unknownOutcome('SERVER_ERROR', answer.message || `status ${status}`, raw);
  if (status !== 200 || answer.code === undefined) {
    return unknownOutcome('UNREADABLE_ANSWER', `status ${status} without a readable answer code`, raw);
  }
  if (answer.code !== VNPAY_SUCCESS_CODE) {
    return { outcome: 'REFUSED', permanent: true, code: answer.code, message: answer.message, httpStatus: status, raw };
  }
  const issued = issuedInvoice(answer.data);
  if (issued === undefined) return unknownOutcome('NO_INVOICE_NUMBER', 'success without an invoice number', raw);
  if (key !== undefined && !matchesKey(answer.data, key)) {
    return unknownOutcome('UNREADABLE_ANSWER', 'the answer is about another request', raw);
  }
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
  if (issued !== undefined) return { outcome: 'FOUND', ...issued, raw };
  return { outcome: 'FAILED', reason: 'known to the vendor, but without an invoice number', unsettled: true, raw };
}

/** The PDF of an answer `{code, message, data: base64}`. */
export function downloadOutcome(response: SendResponse, settings: VnpaySettings): DownloadOutcome {
  const { status } = response;
  const answer = readAnswer(response.body);
  if (answer.code === settings.notFoundCode && (status === 200 || status === 404)) return { outcome: 'NOT_FOUND' };
  if (status !== 200 || answer.code !== VNPAY_SUCCESS_CODE) {
    return { outcome: 'FAILED', reason: `status ${status}, code ${answer.code ?? 'none'} ${answer.message}`.trim() };
  }
  return pdfOutcome(answer.data);
}

/** The access token of a token answer, or undefined when it carries none. */
export function accessToken(answer: VnpayAnswer): string | undefined {
  if (answer.code !== VNPAY_SUCCESS_CODE || !isMembers(answer.data)) return undefined;
  const token = ownMember(answer.data, 'accessToken');
  return typeof token === 'string' && token !== '' ? token : undefined;
}

function issuedInvoice(data: unknown): IssuedInvoice | undefined {
  if (!isMembers(data)) return undefined;
  const invoiceNumber = numberOf(data);
  if (invoiceNumber === undefined) return undefined;
  const cqtCode = plain(data, 'cqtCode') ?? plain(data, 'taxAuthorityCode');
  const lookupCode = plain(data, 'lookupCode');
  const providerReference = plain(data, 'invoiceId') ?? plain(data, 'id');
  return {
    invoiceNumber,
    ...(cqtCode === undefined ? {} : { cqtCode }),
    ...(lookupCode === undefined ? {} : { lookupCode }),
    ...(providerReference === undefined ? {} : { providerReference }),
  };
}

/** Nobody shows whether the number comes as text or as a JSON number, so both are read; drafts are shown with 0. */
function numberOf(data: Members): string | undefined {
  const text = plain(data, 'invoiceNumber');
  return text === undefined || !/^\w{1,20}$/.test(text) || isDraftNumber(text) ? undefined : text;
}

function matchesKey(data: unknown, key: ProviderKey): boolean {
  if (!isMembers(data)) return true;
  const requestId = plain(data, 'requestId');
  return requestId === undefined || requestId === key.requestId;
}

/** A text or whole number that says something; undefined for anything else, of which an answer may carry any amount. */
function plain(data: Members, name: string): string | undefined {
  try {
    return codeMember(data, name) || undefined;
  } catch {
    // Only AnswerFormatError comes out of codeMember: the member is of a kind that says nothing here.
    return undefined;
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
