import type { SendResponse } from '@nx/contracts';
import { AnswerFormatError } from '../answer-format';
import { outcomeOfCode, outcomeOfUnlisted, rowOf, type CodeTable } from '../code-table';
import type { DownloadOutcome, IssueOutcome, LookUpOutcome, RawExchange } from '../issuer';
import { clientErrorOutcome, rateLimited, unknownOutcome } from '../outcomes';
import { pdfOutcome } from '../pdf-answer';
import { isInvoiceNumber } from '../vendor-invoice';
import { PORTAL_CODES } from './codes';
import type { VnptSettings } from './settings';
import { FILE_XML, parse, resultOf } from './soap';

/** What an answer is measured against. */
export interface ExpectedInvoice {
  readonly fkey: string;
  readonly pattern: string;
  readonly serial: string;
}

/** The invoice of an `OK:` line. */
export interface PublishedLine {
  readonly pattern: string;
  readonly serial: string;
  readonly number: string;
}

/**
 * Reads `OK:1/001;C25TAA-{fkey}_{no}[,{fkey}_{no}]`, as publishing answers, or `OK:1/001;C25TAA;{no}`, as adjusting and
 * replacing do, and gives the invoice of our key. Throws AnswerFormatError.
 */
export function readOk(text: string, fkey: string): PublishedLine {
  const single = /^OK: ?([^;]{1,20});([^;-]{1,10});(\d{1,8})$/.exec(text);
  if (single !== null) {
    const [, pattern = '', serial = '', number = ''] = single;
    return { pattern, serial, number };
  }
  const [, pattern = '', serial = '', list = ''] = /^OK: ?([^;]{1,20});([^;-]{1,10})-(.{1,100000})$/s.exec(text) ?? [];
  if (list === '') throw new AnswerFormatError('OK', 'is not followed by pattern, serial and number');
  const numbers = list
    .split(',')
    .filter((entry) => entry.startsWith(`${fkey}_`))
    .map((entry) => entry.slice(fkey.length + 1))
    .filter((number) => !number.includes('_'));
  const [number, ...others] = numbers;
  if (number === undefined || others.length > 0) throw new AnswerFormatError('OK', 'does not name our key once');
  return { pattern, serial, number };
}

/** Reads `ERR:n` with or without words after it; undefined for a text that is no error. */
export function readError(text: string): { readonly code: string; readonly message: string } | undefined {
  const match = /^ERR:? ?(\d{1,3}(?:\.\d)?)?(?![\d.])(.{0,2000})/s.exec(text);
  if (match === null) return undefined;
  const [, code = '', message = ''] = match;
  return {
    code,
    message: message
      .replace(/^[\s:#-]+/, '')
      .trim()
      .slice(0, 300),
  };
}

/** What an answer of a method that issues proves; `codes` are that method's own. */
export function issueOutcome(
  response: SendResponse,
  raw: RawExchange,
  method: string,
  codes: CodeTable,
  expected: ExpectedInvoice,
): IssueOutcome {
  const { status } = response;
  if (status === 429) return rateLimited(response, raw, '');
  if (status >= 500) return unknownOutcome('SERVER_ERROR', faultOf(response, method) ?? `status ${status}`, raw);
  if (status >= 400) return clientErrorOutcome(status, undefined, '', raw);
  if (status !== 200) return unknownOutcome('UNREADABLE_ANSWER', `status ${status}`, raw);
  try {
    const text = resultOf(response.body, method);
    const error = readError(text);
    if (error !== undefined) return errorOutcome(error, codes, status, raw);
    const line = readOk(text, expected.fkey);
    if (!isInvoiceNumber(line.number)) return unknownOutcome('NO_INVOICE_NUMBER', 'OK without a number', raw);
    if (line.serial !== expected.serial) throw new AnswerFormatError('OK', 'is of another series');
    if (line.pattern !== expected.pattern) throw new AnswerFormatError('OK', 'is of another template');
    return { outcome: 'ISSUED', invoiceNumber: line.number, symbol: line.serial, raw };
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return unknownOutcome('UNREADABLE_ANSWER', error.message, raw);
  }
}

/** What a look-up by Fkey proves. A readable list without an entry, and ERR:6, are "not found". */
export function lookUpOutcome(
  response: SendResponse,
  raw: RawExchange,
  fkey: string,
  settings: VnptSettings,
): LookUpOutcome {
  if (response.status !== 200) return { outcome: 'FAILED', reason: `status ${response.status}`, raw };
  try {
    const text = resultOf(response.body, settings.lookUpMethod);
    const error = readError(text);
    if (error === undefined) return listOutcome(text.replace(/^OK: ?/, ''), raw, fkey, settings);
    const row = Object.hasOwn(PORTAL_CODES, error.code) ? PORTAL_CODES[error.code] : undefined;
    if (row?.absent === true) return { outcome: 'NOT_FOUND', raw };
    const reason = `ERR:${error.code} ${row?.meaning ?? error.message}`.trim();
    return { outcome: 'FAILED', reason, ...(row?.unsettled === true ? { unsettled: true } : {}), raw };
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return { outcome: 'FAILED', reason: error.message, raw };
  }
}

/** The PDF of a download by Fkey: base64, or `ERR:n`. */
export function downloadOutcome(response: SendResponse, method: string): DownloadOutcome {
  if (response.status !== 200) return { outcome: 'FAILED', reason: `status ${response.status}` };
  try {
    const text = resultOf(response.body, method, FILE_XML);
    const error = readError(text);
    if (error === undefined) return pdfOutcome(text);
    const row = Object.hasOwn(PORTAL_CODES, error.code) ? PORTAL_CODES[error.code] : undefined;
    if (row?.absent === true) return { outcome: 'NOT_FOUND' };
    return { outcome: 'FAILED', reason: `ERR:${error.code} ${row?.meaning ?? error.message}`.trim() };
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return { outcome: 'FAILED', reason: error.message };
  }
}

function errorOutcome(
  error: { readonly code: string; readonly message: string },
  codes: CodeTable,
  httpStatus: number,
  raw: RawExchange,
): IssueOutcome {
  const row = rowOf(codes, error.code);
  const answer = { code: `ERR:${error.code}`, message: error.message, httpStatus, raw };
  return row === undefined ? outcomeOfUnlisted(answer) : outcomeOfCode(row, answer);
}

function listOutcome(text: string, raw: RawExchange, fkey: string, settings: VnptSettings): LookUpOutcome {
  const unsettled = (reason: string): LookUpOutcome => ({ outcome: 'FAILED', reason, unsettled: true, raw });
  const root = parse(text);
  if (root.localName !== 'Data') throw new AnswerFormatError('/Data', 'is missing');
  const items = root.children.map((item) => new Map(item.children.map((child) => [child.localName, child.text])));
  const [item, ...others] = items.filter((candidate) => (candidate.get('fkey') ?? fkey) === fkey);
  if (item === undefined) {
    return items.length === 0 ? { outcome: 'NOT_FOUND', raw } : { outcome: 'FAILED', reason: 'other keys only', raw };
  }
  if (others.length > 0) return unsettled('more than one invoice under the key');
  const status = item.get('status') ?? '';
  const number = item.get('invNum') ?? '';
  if (!/^\d$/.test(status) || Number(status) < settings.publishedStatus) return unsettled(`status ${status || 'none'}`);
  if (!isInvoiceNumber(number)) return unsettled('known to the vendor, but without an invoice number');
  const serial = item.get('serial') ?? '';
  const symbol = /^[CK]\d{2}[A-Z][A-Z0-9]{2}$/.test(serial) ? { symbol: serial } : {};
  return { outcome: 'FOUND', invoiceNumber: number, ...symbol, raw };
}

/** Words of a SOAP Fault, which comes with status 500. */
function faultOf(response: SendResponse, method: string): string | undefined {
  try {
    resultOf(response.body, method);
    return undefined;
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return error.pointer.endsWith('/Fault') ? error.reason : undefined;
  }
}
