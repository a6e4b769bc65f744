import type { Send } from '@nx/contracts';
import type { Evidence } from '../../evidence/evidence';
import { attemptSend } from '../../outbound';
import type { QueryRequest, QueryResult } from '../../provider';
import { exchange } from '../judgement';
import type { Judgement } from '../judgement';
import { querydrCall } from './api-call';
import { readQuerydrResponse } from './api-response';
import type { QuerydrResponse } from './api-response';
import { TRANSACTION_STATUS_CODES } from './codes';
import { asGateway } from './configuration';
import type { GatewayConfiguration } from './configuration';
import { beliefIn, GATEWAY_JUDGE, readApiAnswer, readSafely } from './judge';
import { meaningOfStatus } from './meaning';
import type { Received } from './secure-hash';

const ANSWERED = '00';
const NOT_FOUND = '91';
const TOO_SOON = '94';
/** `vnp_TransactionType` of a payment; 02 and 03 are refunds of it. */
const PAYMENT = '01';

interface Finding {
  readonly judgement: Judgement;
  readonly evidence: Evidence;
}

/**
 * Asks querydr what became of an attempt. `vnp_ResponseCode` says whether the question was answered, the state of the
 * payment is `vnp_TransactionStatus`. 94 is "ask later", never "not paid".
 */
export async function queryPayment(request: QueryRequest, send: Send): Promise<QueryResult> {
  const configuration = asGateway(request.configuration);
  const outbound = querydrCall(configuration, { ...request, transactionNo: '' });
  const sent = await attemptSend(send, outbound);
  const raw = exchange(outbound.body ?? '', sent);
  const reading = readApiAnswer(sent);
  const base = {
    source: 'QUERY' as const,
    signed: false,
    receivedAtMs: request.askedAtMs,
    askedAtMs: request.askedAtMs,
    trustedChannel: configuration.trusted,
  };
  const silent = (judgement: Judgement): Finding => ({ judgement, evidence: { ...base, verdict: 'NO_ANSWER' } });
  if (reading.answer === undefined) return resultOf(silent(reading.judgement), raw, false);
  const { answer, code } = reading;
  if (code === TOO_SOON) return resultOf(silent(GATEWAY_JUDGE.byCode('QUERY', code)), raw, true);
  const read = readSafely(() => readQuerydrResponse(answer), code);
  const finding =
    read.received === undefined
      ? silent(read.judgement)
      : judge(configuration, request, read.received, { ...base, code });
  return resultOf(finding, raw, false);
}

function resultOf({ judgement, evidence }: Finding, raw: QueryResult['raw'], tooSoon: boolean): QueryResult {
  return { ...judgement, evidence, raw, tooSoon };
}

function judge(
  configuration: GatewayConfiguration,
  request: QueryRequest,
  received: Received<QuerydrResponse>,
  evidence: Omit<Evidence, 'verdict'>,
): Finding {
  const { message } = received;
  const { responseCode } = message;
  const silent = (judgement: Judgement): Finding => ({ judgement, evidence: { ...evidence, verdict: 'NO_ANSWER' } });
  const belief = beliefIn(configuration, received, responseCode);
  if (responseCode === NOT_FOUND && belief.believed) {
    const judgement = GATEWAY_JUDGE.succeeded(responseCode, 'No such transaction.');
    return { judgement, evidence: { ...evidence, verdict: 'NOT_FOUND', signed: belief.signed } };
  }
  if (responseCode !== ANSWERED) {
    return silent(belief.believed ? GATEWAY_JUDGE.byCode('QUERY', responseCode) : belief.judgement);
  }
  if (message.tmnCode !== configuration.settings.tmnCode || message.txnRef !== request.attemptUid) {
    return silent(GATEWAY_JUDGE.unknown('ANSWER_FOR_ANOTHER', 'The answer names another payment.', responseCode));
  }
  if (message.transactionType !== PAYMENT) {
    return silent(GATEWAY_JUDGE.unknown('NOT_A_PAYMENT', 'The answer is about a refund.', responseCode));
  }
  if (belief.believed) return stateOf(message, { ...evidence, signed: true });
  // A success that nobody signed proves nothing, but it is worth a finding; the rest is silence.
  const unproven = stateOf(message, evidence);
  return unproven.evidence.verdict === 'PAID'
    ? { judgement: belief.judgement, evidence: unproven.evidence }
    : silent(belief.judgement);
}

function stateOf(message: QuerydrResponse, base: Omit<Evidence, 'verdict'>): Finding {
  const { responseCode, transactionStatus, transactionNo, amountMinor } = message;
  const { verdict, finalStatus } = meaningOfStatus(transactionStatus);
  const evidence: Evidence = {
    ...base,
    verdict,
    code: transactionStatus,
    ...(finalStatus === undefined ? {} : { finalStatus }),
    ...(transactionNo === '' ? {} : { providerReference: transactionNo }),
    ...(amountMinor === null ? {} : { amountMinor }),
    ...(message.paidAtMs === null ? {} : { paidAtMs: message.paidAtMs }),
    ...(message.bankCode === '' ? {} : { bankCode: message.bankCode }),
  };
  if (verdict === 'PAID' && (amountMinor === null || amountMinor === 0n || !/[1-9]/.test(transactionNo))) {
    const judgement = GATEWAY_JUDGE.unknown('BROKEN_ANSWER', 'A success without amount or reference.', responseCode);
    return { judgement, evidence: { ...base, verdict: 'NO_ANSWER' } };
  }
  const meaning = TRANSACTION_STATUS_CODES[transactionStatus]?.meaning ?? 'A status that is not documented.';
  return { judgement: GATEWAY_JUDGE.succeeded(responseCode, meaning), evidence };
}
