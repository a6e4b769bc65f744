import type { SendResponse } from '@nx/contracts';
import {
  AnswerFormatError,
  codeMember,
  elementsOf,
  FILE_ANSWER,
  membersOf,
  ownMember,
  parseJsonAnswer,
  remark,
  SMALL_ANSWER,
  textMember,
  type AnswerLimits,
  type Members,
} from '../answer-format';
import { outcomeOfCode, outcomeOfUnlisted } from '../code-table';
import type { DownloadOutcome, IssuedInvoice, IssueOutcome, LookUpOutcome, RawExchange } from '../issuer';
import { clientErrorOutcome, rateLimited, unknownOutcome } from '../outcomes';
import { pdfOutcome } from '../pdf-answer';
import { isInvoiceNumber } from '../vendor-invoice';
import { publishMeaning } from './codes';

/** What an answer is measured against. */
export interface ExpectedInvoice {
  readonly refId: string;
  /** Form and series joined. */
  readonly series: string;
}

export interface MisaEnvelope {
  readonly success: boolean;
  readonly code: string;
  readonly message: string;
  readonly members: Members;
}

/** Reads `{success, errorCode, descriptionErrorCode, …}`; undefined for a body of another shape. Never throws. */
export function envelopeOf(response: SendResponse, limits: AnswerLimits = SMALL_ANSWER): MisaEnvelope | undefined {
  try {
    const members = membersOf(parseJsonAnswer(response.body, limits), '');
    const success = either(members, 'success');
    if (typeof success !== 'boolean') return undefined;
    const code = codeMember(members, 'errorCode') || codeMember(members, 'ErrorCode') || '';
    return { success, code, message: remark(members['descriptionErrorCode']), members };
  } catch (error) {
    if (error instanceof AnswerFormatError) return undefined;
    throw error;
  }
}

/**
 * What an answer to a publish call proves. `success: true` at the top says only that the call was read; issued is the
 * item of our RefID without an error code and with a number.
 */
export function issueOutcome(response: SendResponse, raw: RawExchange, expected: ExpectedInvoice): IssueOutcome {
  const { status } = response;
  const envelope = envelopeOf(response);
  if (status === 429) return rateLimited(response, raw, envelope?.message ?? '');
  if (status >= 500) return unknownOutcome('SERVER_ERROR', envelope?.message || `status ${status}`, raw);
  const refusal = envelope !== undefined && (!envelope.success || envelope.code !== '');
  if (refusal && (status === 200 || status >= 400)) {
    const { code, message } = envelope;
    // A refusal of the whole call that still carries results contradicts itself.
    if (hasResults(envelope.members)) return unknownOutcome('UNREADABLE_ANSWER', `${code} together with results`, raw);
    return codeOutcome(code || 'NO_CODE', message, status, raw);
  }
  if (status >= 400) return clientErrorOutcome(status, undefined, envelope?.message ?? '', raw);
  if (status !== 200 || envelope === undefined) {
    return unknownOutcome('UNREADABLE_ANSWER', `status ${status} without a readable answer`, raw);
  }
  try {
    return itemOutcome(envelope.members, status, raw, expected);
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return unknownOutcome('UNREADABLE_ANSWER', error.message, raw);
  }
}

/** What a status answer proves about one RefID. Only a readable, empty list is "not found". */
export function lookUpOutcome(response: SendResponse, raw: RawExchange, refId: string): LookUpOutcome {
  const { status } = response;
  const envelope = envelopeOf(response);
  if (status !== 200 || envelope === undefined || !envelope.success || envelope.code !== '') {
    const told = envelope === undefined ? 'none' : `${envelope.code || 'none'} ${envelope.message}`.trim();
    return { outcome: 'FAILED', reason: `status ${status}, code ${told}`, raw };
  }
  try {
    const list = listIn(envelope.members, 'data');
    if (list === undefined) return { outcome: 'FAILED', reason: 'success without a list proves nothing', raw };
    return statusOutcome(list, raw, refId);
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return { outcome: 'FAILED', reason: error.message, raw };
  }
}

/** The PDF of an answer whose data is a list of `{TransactionID, Data: base64}`, or that list as text. */
export function downloadOutcome(response: SendResponse, transactionId: string): DownloadOutcome {
  const envelope = envelopeOf(response, FILE_ANSWER);
  if (response.status !== 200 || envelope === undefined || !envelope.success || envelope.code !== '') {
    return { outcome: 'FAILED', reason: `status ${response.status}, code ${envelope?.code || 'none'}` };
  }
  try {
    const data = either(envelope.members, 'data');
    const list = typeof data === 'string' ? parseJsonAnswer(data, FILE_ANSWER, '/data') : data;
    const files = elementsOf(list, '/data', 10).map((file, index) => membersOf(file, `/data/${index}`));
    const file = files.find((candidate) => candidate['TransactionID'] === transactionId);
    return file === undefined ? { outcome: 'NOT_FOUND' } : pdfOutcome(either(file, 'data'));
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return { outcome: 'FAILED', reason: error.message };
  }
}

/** The token of a login, or undefined. A token goes into a header, so it is plain printable text. */
export function tokenOf(envelope: MisaEnvelope | undefined): string | undefined {
  if (envelope === undefined || !envelope.success || envelope.code !== '') return undefined;
  const token = either(envelope.members, 'data');
  return typeof token === 'string' && /^[\w.~+/=-]{1,8000}$/.test(token) ? token : undefined;
}

function codeOutcome(code: string, message: string, httpStatus: number, raw: RawExchange): IssueOutcome {
  const meaning = publishMeaning(code);
  const answer = { code, message, httpStatus, raw };
  return meaning === undefined ? outcomeOfUnlisted(answer) : outcomeOfCode(meaning, answer);
}

function itemOutcome(members: Members, status: number, raw: RawExchange, expected: ExpectedInvoice): IssueOutcome {
  const [first, ...others] = listIn(members, 'publishInvoiceResult') ?? [];
  const at = '/publishInvoiceResult/0';
  if (first === undefined) return unknownOutcome('NO_INVOICE_NUMBER', 'success without a result', raw);
  if (others.length > 0) throw new AnswerFormatError('/publishInvoiceResult', 'has more than one result');
  const item = membersOf(first, at);
  sameReference(item, at, expected.refId, true);
  const code = codeMember(item, 'ErrorCode', at) ?? '';
  const number = textMember(item, 'InvNo', at) ?? '';
  if (code !== '') {
    // The vendor shows the number of the invoice that is there already, which is no contradiction.
    const meaning = publishMeaning(code);
    const repeated = meaning?.outcome === 'UNKNOWN' && meaning.reason === 'DUPLICATE_REQUEST';
    if (number !== '' && !repeated) throw new AnswerFormatError(`${at}/InvNo`, `comes together with ${code}`);
    return codeOutcome(code, remark(item['Description']), status, raw);
  }
  if (!isInvoiceNumber(number)) return unknownOutcome('NO_INVOICE_NUMBER', 'success without an invoice number', raw);
  const series = textMember(item, 'InvSeries', at);
  if (series && series !== expected.series && series !== expected.series.slice(1)) {
    throw new AnswerFormatError(`${at}/InvSeries`, 'is of another series');
  }
  return { outcome: 'ISSUED', ...issuedOf(item, at, number, 'InvCode'), raw };
}

/** PublishStatus 1 is published; everything else that is listed is known to the vendor and not settled. */
function statusOutcome(list: readonly unknown[], raw: RawExchange, refId: string): LookUpOutcome {
  const unsettled = (reason: string): LookUpOutcome => ({ outcome: 'FAILED', reason, unsettled: true, raw });
  const [first, ...others] = list;
  if (first === undefined) return { outcome: 'NOT_FOUND', raw };
  if (others.length > 0) return unsettled('more than one invoice under the key');
  const entry = membersOf(first, '/data/0');
  sameReference(entry, '/data/0', refId, false);
  const publishStatus = codeMember(entry, 'PublishStatus', '/data/0');
  if (ownMember(entry, 'IsDelete') === true) return unsettled(`deleted: ${remark(entry['DeletedReason'])}`.trim());
  if (publishStatus !== '1') return unsettled(`PublishStatus ${publishStatus ?? 'none'}: not published`);
  const number = textMember(entry, 'InvNo', '/data/0') ?? '';
  if (!isInvoiceNumber(number)) return unsettled('published, but without an invoice number');
  return { outcome: 'FOUND', ...issuedOf(entry, '/data/0', number, 'InvoiceCode'), raw };
}

function sameReference(item: Members, at: string, refId: string, required: boolean): void {
  const told = textMember(item, 'RefID', at);
  if (told === undefined && !required) return;
  if (told?.toLowerCase() !== refId) throw new AnswerFormatError(`${at}/RefID`, 'is of another request');
}

/** A list that stands as JSON text inside the JSON; undefined where there is none. */
function listIn(members: Members, name: string): readonly unknown[] | undefined {
  const text = either(members, name);
  if (text === undefined || text === null || text === '') return undefined;
  if (typeof text !== 'string') throw new AnswerFormatError(`/${name}`, 'is no text');
  return elementsOf(parseJsonAnswer(text, SMALL_ANSWER, `/${name}`), `/${name}`, 50);
}

function hasResults(members: Members): boolean {
  const results = either(members, 'publishInvoiceResult');
  return results !== undefined && results !== null && results !== '' && results !== '[]';
}

/** TransactionID is what a buyer types at the vendor's look-up page, and the vendor's own reference. */
function issuedOf(item: Members, at: string, invoiceNumber: string, codeName: string): IssuedInvoice {
  const transactionId = textMember(item, 'TransactionID', at);
  const cqtCode = textMember(item, codeName, at);
  const series = textMember(item, 'InvSeries', at);
  return {
    invoiceNumber,
    ...(series && /^[1-9]?[CK]\d{2}[A-Z][A-Z0-9]{2}$/.test(series) ? { symbol: series.slice(-6) } : {}),
    ...(cqtCode ? { cqtCode } : {}),
    ...(transactionId ? { lookupCode: transactionId, providerReference: transactionId } : {}),
  };
}

/** Some of the vendor's answers write the first letter large. */
function either(members: Members, name: string): unknown {
  return ownMember(members, name) ?? ownMember(members, `${name.charAt(0).toUpperCase()}${name.slice(1)}`);
}
