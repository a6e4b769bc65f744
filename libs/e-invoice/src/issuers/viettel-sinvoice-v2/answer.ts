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
  type Members,
} from '../answer-format';
import { outcomeOfCode } from '../code-table';
import type { DownloadOutcome, IssuedInvoice, IssueOutcome, LookUpOutcome, RawExchange } from '../issuer';
import { clientErrorOutcome, rateLimited, unknownOutcome } from '../outcomes';
import { pdfOutcome } from '../pdf-answer';
import { splitJoinedNumber } from '../vendor-invoice';
import { createMeaning, NOT_FOUND_CODE } from './codes';
import type { ViettelSettings } from './settings';

/** What an answer is measured against. */
export interface ExpectedInvoice {
  readonly taxCode: string;
  readonly symbol: string;
}

interface Envelope {
  /** errorCode, or the symbol that stands in `message` where a status of the 400s brought it. */
  readonly code: string | undefined;
  readonly message: string;
  readonly members: Members;
}

/** An expired token, or any other fault: status 500 and `{"message": "GENERAL"}`. */
export function isGeneralFault(response: SendResponse): boolean {
  return response.status === 500 && envelopeOf(response)?.code === 'GENERAL';
}

/**
 * What an answer to createInvoice proves. Issued is status 200 with an empty errorCode, and a number of the series asked
 * for. `doubtful`: an earlier try of the same call may have acted.
 */
export function issueOutcome(
  response: SendResponse,
  raw: RawExchange,
  expected: ExpectedInvoice,
  doubtful = false,
): IssueOutcome {
  const { status } = response;
  const envelope = envelopeOf(response);
  const message = envelope?.message ?? '';
  if (status === 429) return rateLimited(response, raw, message, doubtful);
  if (status >= 500) return unknownOutcome('SERVER_ERROR', message || `status ${status}`, raw);
  const code = envelope?.code;
  if (code !== undefined && (status === 200 || (status >= 400 && status < 500))) {
    if (hasNumber(envelope)) return unknownOutcome('UNREADABLE_ANSWER', `${code} together with a number`, raw);
    return outcomeOfCode(createMeaning(code), { code, message, httpStatus: status, raw, doubtful });
  }
  if (status >= 400) {
    if (doubtful) return unknownOutcome('SERVER_ERROR', 'an earlier try of the call may have acted', raw);
    return clientErrorOutcome(status, undefined, message, raw);
  }
  if (status !== 200 || envelope === undefined) {
    return unknownOutcome('UNREADABLE_ANSWER', `status ${status} without a readable answer`, raw);
  }
  return readSuccess(envelope.members, raw, expected);
}

/** What a look-up under the transactionUuid proves. */
export function lookUpOutcome(response: SendResponse, raw: RawExchange, settings: ViettelSettings): LookUpOutcome {
  const { status } = response;
  const envelope = envelopeOf(response);
  if (envelope?.code === NOT_FOUND_CODE && (status === 400 || status === 200)) {
    if (settings.noDrafts) return { outcome: 'NOT_FOUND', raw };
    return { outcome: 'FAILED', reason: 'nothing issued, or a draft: the answer is the same', unsettled: true, raw };
  }
  if (status !== 200 || envelope === undefined || envelope.code !== undefined) {
    const told = envelope === undefined ? 'none' : `${envelope.code ?? 'none'} ${envelope.message}`.trim();
    return { outcome: 'FAILED', reason: `status ${status}, code ${told}`, raw };
  }
  try {
    return readFound(envelope.members, raw);
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return { outcome: 'FAILED', reason: error.message, raw };
  }
}

/** The PDF of an answer `{fileName, fileToBytes}`. */
export function downloadOutcome(response: SendResponse): DownloadOutcome {
  const envelope = envelopeOf(response, FILE_ANSWER);
  if (envelope?.code === NOT_FOUND_CODE) return { outcome: 'NOT_FOUND' };
  if (response.status !== 200 || envelope === undefined || envelope.code !== undefined) {
    return { outcome: 'FAILED', reason: `status ${response.status}, code ${envelope?.code ?? 'none'}` };
  }
  return pdfOutcome(ownMember(envelope.members, 'fileToBytes'));
}

/** The access token of a login, or undefined. A token goes into a header, so it is plain printable text. */
export function accessToken(response: SendResponse): string | undefined {
  const envelope = envelopeOf(response);
  const token = envelope === undefined ? undefined : ownMember(envelope.members, 'access_token');
  return typeof token === 'string' && /^[\w.~+/=-]{1,8000}$/.test(token) ? token : undefined;
}

/** Reads what every answer may carry; undefined for a body of another shape. Never throws. */
export function envelopeOf(response: SendResponse, limits = SMALL_ANSWER): Envelope | undefined {
  try {
    const members = membersOf(parseJsonAnswer(response.body, limits), '');
    const message = remark(members['message']);
    const refusal = response.status >= 400 || !Object.hasOwn(members, 'errorCode');
    const symbol = refusal && /^[A-Z][A-Z0-9_]{2,63}$/.test(message) ? message : undefined;
    const code = codeMember(members, 'errorCode') || symbol;
    return { code, message: remark(members['description']) || remark(members['data']) || message, members };
  } catch (error) {
    if (error instanceof AnswerFormatError) return undefined;
    throw error;
  }
}

function readSuccess(members: Members, raw: RawExchange, expected: ExpectedInvoice): IssueOutcome {
  try {
    if (!Object.hasOwn(members, 'errorCode')) throw new AnswerFormatError('/errorCode', 'is missing');
    const result = membersOf(ownMember(members, 'result'), '/result');
    const taxCode = textMember(result, 'supplierTaxCode', '/result');
    if (taxCode !== undefined && taxCode !== expected.taxCode) {
      throw new AnswerFormatError('/result/supplierTaxCode', 'is of another seller');
    }
    const joined = textMember(result, 'invoiceNo', '/result');
    const split = joined === undefined ? undefined : splitJoinedNumber(joined);
    if (split === undefined) return unknownOutcome('NO_INVOICE_NUMBER', 'success without an invoice number', raw);
    if (split.symbol !== expected.symbol) throw new AnswerFormatError('/result/invoiceNo', 'is of another series');
    return { outcome: 'ISSUED', ...issuedOf(result, '/result', split), raw };
  } catch (error) {
    if (!(error instanceof AnswerFormatError)) throw error;
    return unknownOutcome('UNREADABLE_ANSWER', error.message, raw);
  }
}

function readFound(members: Members, raw: RawExchange): LookUpOutcome {
  const unsettled = (reason: string): LookUpOutcome => ({ outcome: 'FAILED', reason, unsettled: true, raw });
  const [found, ...others] = elementsOf(ownMember(members, 'result'), '/result', 100);
  if (found === undefined) return unsettled('an empty answer proves nothing');
  if (others.length > 0) return unsettled('more than one invoice under the key');
  const entry = membersOf(found, '/result/0');
  const split = splitJoinedNumber(textMember(entry, 'invoiceNo', '/result/0') ?? '');
  if (split === undefined) return unsettled('known to the vendor, but without an invoice number');
  return { outcome: 'FOUND', ...issuedOf(entry, '/result/0', split), raw };
}

function issuedOf(result: Members, parent: string, joined: { symbol: string; number: string }): IssuedInvoice {
  const cqtCode = textMember(result, 'codeOfTax', parent);
  const lookupCode = textMember(result, 'reservationCode', parent);
  const providerReference = textMember(result, 'transactionID', parent);
  return {
    invoiceNumber: joined.number,
    symbol: joined.symbol,
    ...(cqtCode ? { cqtCode } : {}),
    ...(lookupCode ? { lookupCode } : {}),
    ...(providerReference ? { providerReference } : {}),
  };
}

function hasNumber(envelope: Envelope | undefined): boolean {
  const result = envelope === undefined ? undefined : ownMember(envelope.members, 'result');
  return typeof result === 'object' && result !== null && Boolean((result as Members)['invoiceNo']);
}
