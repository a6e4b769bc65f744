import type { Evidence, Verdict } from '../../evidence/evidence';
import { attemptSend } from '../../outbound';
import type { SendRequest, Send } from '@nx/contracts';
import type { QueryRequest, QueryResult } from '../../provider';
import { EXPIRY_GRACE_MS } from '../../schedule';
import { parseVietnamTime, vietnamDays } from '../../vietnam-time';
import { parseWholeAmount } from '../../wire-json';
import type { WireObject } from '../../wire-json';
import { exchange, readAnswer } from '../judgement';
import type { Judge, Judgement } from '../judgement';
import { QR_MMS_JUDGE } from './answer';
import { checksumMatches } from './checksum';
import { asQrMms } from './configuration';
import { messageChecksum } from './message-layout';
import { CHECK_REQUEST, CHECK_RESPONSE } from './messages';

/** Clocks may differ this much, so close to midnight the neighbouring day is asked too (ms). */
const MIDNIGHT_MARGIN_MS = 5 * 60_000;

/** Who asks CheckTrans, where and with which secret; the protocol is shared with the phone POS. */
export interface CheckTransParty {
  readonly merchantCode: string;
  readonly terminalId: string;
  readonly endpoint: string;
  readonly secret: string;
  /** Whether an unsigned answer from the endpoint can be believed. */
  readonly trusted: boolean;
  readonly judge: Judge;
}

interface DayAnswer {
  readonly judgement: Judgement;
  readonly evidence: Evidence;
  readonly request: string;
  readonly response?: string;
}

/** Asks what became of an attempt by QR-MMS. */
export async function queryPayment(request: QueryRequest, send: Send): Promise<QueryResult> {
  const configuration = asQrMms(request.configuration);
  const { merchantCode, terminalId, endpoints } = configuration.settings;
  const party: CheckTransParty = {
    merchantCode,
    terminalId,
    endpoint: endpoints.check,
    secret: configuration.secrets.checkSecret,
    trusted: configuration.trusts(endpoints.check),
    judge: QR_MMS_JUDGE,
  };
  return askCheckTrans(party, request, send);
}

/**
 * Asks CheckTrans what became of an attempt. It wants the day of payment, so every day is asked on which the attempt
 * could have been paid; a payment on any of them proves it, a negative needs all of them.
 */
export async function askCheckTrans(party: CheckTransParty, request: QueryRequest, send: Send): Promise<QueryResult> {
  const answers: DayAnswer[] = [];
  for (const day of daysOfPayment(request)) {
    const answer = await askDay(party, request, day, send);
    answers.push(answer);
    if (answer.evidence.verdict === 'PAID') break;
  }
  const [decisive] = answers.toSorted((left, right) => WEIGHT[left.evidence.verdict] - WEIGHT[right.evidence.verdict]);
  if (decisive === undefined) throw new RangeError('An attempt is asked about after it was created.');
  const responses = answers.flatMap((answer) => (answer.response === undefined ? [] : [answer.response]));
  return {
    ...decisive.judgement,
    evidence: decisive.evidence,
    raw: {
      request: answers.map((answer) => answer.request).join('\n'),
      ...(responses.length === 0 ? {} : { response: responses.join('\n') }),
    },
    tooSoon: false,
  };
}

/** The days (GMT+7) on which an attempt may have been paid by the time of the question. */
export function daysOfPayment(
  request: Pick<QueryRequest, 'createdAtMs' | 'expiresAtMs' | 'askedAtMs'>,
): readonly string[] {
  const lastMs = Math.min(request.askedAtMs, request.expiresAtMs + EXPIRY_GRACE_MS) + MIDNIGHT_MARGIN_MS;
  return vietnamDays(request.createdAtMs - MIDNIGHT_MARGIN_MS, lastMs);
}

/** The call for one day (`dd/MM/yyyy`). The vendor spells `terminalID` and `checkSum` this way; hex is lower case. */
export function checkCall(
  party: Pick<CheckTransParty, 'merchantCode' | 'terminalId' | 'endpoint' | 'secret'>,
  reference: string,
  payDate: string,
): SendRequest {
  const { merchantCode, terminalId, endpoint, secret } = party;
  const values = { txnId: reference, merchantCode, terminalID: terminalId, payDate };
  return {
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' },
    body: JSON.stringify({ ...values, checkSum: messageChecksum(CHECK_REQUEST, values, secret) }),
  };
}

/** The signed fields of the answer; the bank code comes before the trace, code and message are not covered. */
export function checkResponseFields(answer: WireObject, reference: 'txnId' | 'billNumber'): readonly string[] {
  return CHECK_RESPONSE.covered.map((name) => answer.text(name === 'txnId' ? reference : name));
}

async function askDay(party: CheckTransParty, request: QueryRequest, day: string, send: Send): Promise<DayAnswer> {
  const outbound = checkCall(party, request.attemptUid, day);
  const sent = await attemptSend(send, outbound);
  const wire = exchange(outbound.body ?? '', sent);
  const reading = readAnswer(party.judge, sent, { codeMember: 'code', refusedByStatus: false });
  const base = {
    source: 'QUERY' as const,
    signed: false,
    receivedAtMs: request.askedAtMs,
    askedAtMs: request.askedAtMs,
    trustedChannel: party.trusted,
  };
  if (reading.answer === undefined) {
    return { ...wire, judgement: reading.judgement, evidence: { ...base, verdict: 'NO_ANSWER' } };
  }
  const { answer, code } = reading;
  const evidence = { ...base, code };
  switch (code) {
    case '00':
      return { ...wire, ...paid(party, request, answer, evidence) };
    case '01':
      return {
        ...wire,
        judgement: party.judge.succeeded(code, 'Not found.'),
        evidence: { ...evidence, verdict: 'NOT_FOUND' },
      };
    case '04':
      return {
        ...wire,
        judgement: party.judge.succeeded(code, 'The payment failed.'),
        evidence: { ...evidence, verdict: 'DECLINED' },
      };
    case '08':
      return { ...wire, judgement: party.judge.byCode('QUERY', code), evidence: { ...evidence, verdict: 'PENDING' } };
    default:
      return { ...wire, judgement: party.judge.byCode('QUERY', code), evidence: { ...evidence, verdict: 'NO_ANSWER' } };
  }
}

function paid(
  party: CheckTransParty,
  request: QueryRequest,
  answer: WireObject,
  evidence: Omit<Evidence, 'verdict'>,
): Pick<DayAnswer, 'judgement' | 'evidence'> {
  const amountMinor = parseWholeAmount(answer.text('debitAmount'));
  const providerReference = answer.text('qrTrace');
  if (amountMinor === null || amountMinor === 0n || providerReference === '') {
    const judgement = party.judge.unknown('BROKEN_ANSWER', 'A success without amount or trace.', '00');
    return { judgement, evidence: { ...evidence, verdict: 'NO_ANSWER' } };
  }
  if (!concernsUs(party, request, answer)) {
    const judgement = party.judge.unknown(
      'ANSWER_FOR_ANOTHER',
      'The answer names another merchant, terminal or reference.',
      '00',
    );
    return { judgement, evidence: { ...evidence, verdict: 'NO_ANSWER' } };
  }
  const signed = isSigned(party, request, answer, evidence.trustedChannel === true);
  const paidAtMs = parseVietnamTime(answer.text('payDate'));
  const bankCode = answer.text('bankCode');
  return {
    judgement: signed
      ? party.judge.succeeded('00', 'Paid.')
      : party.judge.unknown('BAD_CHECKSUM', 'The checksum of the answer is wrong.', '00'),
    evidence: {
      ...evidence,
      verdict: 'PAID',
      signed,
      providerReference,
      amountMinor,
      ...(paidAtMs === null ? {} : { paidAtMs }),
      ...(bankCode === '' ? {} : { bankCode }),
    },
  };
}

function concernsUs(party: CheckTransParty, request: QueryRequest, answer: WireObject): boolean {
  return (
    answer.text('merchantCode') === party.merchantCode &&
    answer.text('terminalID') === party.terminalId &&
    [answer.text('txnId'), answer.text('billNumber')].includes(request.attemptUid)
  );
}

/**
 * The documents do not say which of the two references is covered. A checksum over the other one proves merchant, amount
 * and time, and the reference only by the channel.
 */
function isSigned(party: CheckTransParty, request: QueryRequest, answer: WireObject, trusted: boolean): boolean {
  const received = answer.text('checkSum');
  return (['txnId', 'billNumber'] as const).some(
    (name) =>
      (answer.text(name) === request.attemptUid || trusted) &&
      checksumMatches(checkResponseFields(answer, name), party.secret, received),
  );
}

/** Of several days the strongest statement stands: a payment, then doubt, then silence; a negative only when all agree. */
const WEIGHT: Readonly<Record<Verdict, number>> = {
  PAID: 0,
  PENDING: 1,
  IN_DOUBT: 1,
  NO_ANSWER: 2,
  DECLINED: 3,
  NOT_FOUND: 4,
  REVERSED: 5,
};
