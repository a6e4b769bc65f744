import type { SendResponse } from '@nx/contracts';
import { parseTvanMessage } from '../../t-van/message';
import type { TvanMessage } from '../../t-van/message';
import { trackMessages } from '../../t-van/track-messages';
import { authorityCodes, refusalReasons } from '../../t-van/verdict';
import { readXml } from '../../xml/read-xml';
import type { XmlElement } from '../../xml/read-xml';
import { XmlError } from '../../xml/xml-error';
import type { IssueOutcome, IssuedInvoice, LookUpOutcome, OwnNumber, RawExchange } from '../issuer';
import { clientErrorOutcome, rateLimited, unknownOutcome } from '../outcomes';
import type { InvoiceMessageKind } from './request';
import type { TvanSettings } from './settings';

/** What was asked about. */
export interface Question {
  readonly id: string;
  readonly kind: InvoiceMessageKind;
  readonly ownNumber: OwnNumber | undefined;
}

/** What the authority decided about a message, as far as its answers tell. */
export type Decision =
  | { readonly decided: 'ISSUED'; readonly invoice: IssuedInvoice }
  | { readonly decided: 'REFUSED'; readonly code: string; readonly message: string }
  | { readonly decided: 'PENDING'; readonly known: boolean; readonly message: string }
  | { readonly decided: 'UNREADABLE'; readonly message: string };

/**
 * The answers in a body, and what they decide. An invoice for a code is issued by its code (202); one without code and
 * one of a cash register by the accepted check (204). A technical error and a refusal issued nothing; a technical
 * acknowledgement decides nothing.
 */
export function decisionOf(body: string, question: Question): Decision {
  let messages: readonly TvanMessage[];
  try {
    messages = messagesIn(body);
  } catch (error) {
    if (error instanceof XmlError) return { decided: 'UNREADABLE', message: error.message };
    throw error;
  }
  const { id, kind, ownNumber } = question;
  const tracked = trackMessages([{ id, kind }], messages).messages.get(id);
  const pending = (message: string): Decision => ({
    decided: 'PENDING',
    known: (tracked?.answers.length ?? 0) > 0,
    message,
  });
  if (tracked === undefined || tracked.contradictory) return pending('the answers contradict each other');
  const answers = messages.filter(({ TTChung }) => tracked.answers.includes(TTChung.MTDiep));
  switch (tracked.state) {
    case 'CODED':
      return coded(answers, ownNumber) ?? pending('the code is that of another invoice');
    case 'ACCEPTED':
      if (kind === '200') return pending('accepted, but the code is missing');
      return ownNumber === undefined ? pending('accepted; our number is not known') : issued(ownNumber);
    case 'REFUSED':
    case 'TECHNICAL_ERROR': {
      const [reason] = answers.flatMap((answer) => refusalReasons(answer));
      const message = reason?.text ?? '';
      return { decided: 'REFUSED', code: reason?.code ?? tracked.state, message: message || tracked.state };
    }
    case 'SENT':
    case 'RECEIVED':
      return pending(tracked.state === 'SENT' ? 'no answer yet' : 'received; the check is not over');
  }
}

/** What the answer to the posted message proves. */
export function issueOutcome(response: SendResponse, raw: RawExchange, question: Question): IssueOutcome {
  const { status, body } = response;
  if (status === 429) return rateLimited(response, raw, '');
  if (status >= 400 && status < 500) return clientErrorOutcome(status, undefined, '', raw);
  if (status < 200 || status >= 300) return unknownOutcome('SERVER_ERROR', `status ${status}`, raw);
  const decision = decisionOf(body, question);
  switch (decision.decided) {
    case 'ISSUED':
      return { outcome: 'ISSUED', ...decision.invoice, raw };
    case 'REFUSED': {
      const { code, message } = decision;
      return { outcome: 'REFUSED', permanent: true, code, message, httpStatus: status, raw };
    }
    case 'PENDING':
      return unknownOutcome('PENDING', decision.message, raw);
    case 'UNREADABLE':
      // The transport took the message; in which words it says so is not public.
      return unknownOutcome('PENDING', 'taken; the answer carries no message', raw);
  }
}

/** What a look-up proves. A refusal is told as such: nothing was issued, and asking again changes nothing. */
export function lookUpOutcome(
  response: SendResponse,
  raw: RawExchange,
  question: Question,
  settings: TvanSettings,
): LookUpOutcome {
  const { status, body } = response;
  const notFound = settings.notFoundText !== '' && body.trim() === settings.notFoundText;
  if (notFound && (status === 200 || status === 404)) return { outcome: 'NOT_FOUND', raw };
  if (status !== 200) return { outcome: 'FAILED', reason: `status ${status}`, raw };
  const decision = decisionOf(body, question);
  switch (decision.decided) {
    case 'ISSUED':
      return { outcome: 'FOUND', ...decision.invoice, raw };
    case 'REFUSED': {
      const { code, message } = decision;
      return {
        outcome: 'FAILED',
        reason: `refused: ${code} ${message}`,
        unsettled: true,
        refused: { code, message },
        raw,
      };
    }
    case 'PENDING':
      return { outcome: 'FAILED', reason: decision.message, ...(decision.known ? { unsettled: true } : {}), raw };
    case 'UNREADABLE':
      return { outcome: 'FAILED', reason: decision.message, raw };
  }
}

/** One message, or several inside any element around them, as T-VAN organisations give the answers to one. */
function messagesIn(body: string): TvanMessage[] {
  const source = body.trim();
  return outermost(readXml(source)).map(({ start, end }) => parseTvanMessage(source.slice(start, end)));
}

function outermost(element: XmlElement): XmlElement[] {
  return element.name === 'TDiep' ? [element] : element.children.flatMap((child) => outermost(child));
}

function coded(answers: readonly TvanMessage[], own: OwnNumber | undefined): Decision | undefined {
  const codes = answers.flatMap((answer) => authorityCodes(answer));
  const invoice = codes.find(({ number }) => own === undefined || Number(number) === Number(own.number));
  if (invoice === undefined) return undefined;
  return { decided: 'ISSUED', invoice: { invoiceNumber: own?.number ?? invoice.number, cqtCode: invoice.code } };
}

function issued({ number, cashRegisterCode }: OwnNumber): Decision {
  const code = cashRegisterCode === undefined ? {} : { cqtCode: cashRegisterCode };
  return { decided: 'ISSUED', invoice: { invoiceNumber: number, ...code } };
}
