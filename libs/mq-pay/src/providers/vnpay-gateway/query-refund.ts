import type { Send } from '@nx/contracts';
import { attemptSend } from '../../outbound';
import type { RefundQueryRequest, RefundQueryResult } from '../../provider';
import { exchange } from '../judgement';
import type { Judgement } from '../judgement';
import { querydrCall } from './api-call';
import { readQuerydrResponse } from './api-response';
import type { QuerydrResponse } from './api-response';
import { TRANSACTION_STATUS_CODES } from './codes';
import { asGateway } from './configuration';
import { GatewayFieldError } from './gateway-error';
import { beliefIn, GATEWAY_JUDGE, readApiAnswer, readSafely } from './judge';
import { FULL_REFUND, PARTIAL_REFUND } from './refund-request';

const ANSWERED = '00';
const NOT_FOUND = '91';
const TOO_SOON = '94';
const SENT_TO_BANK = '06';
const REJECTED = '09';

/**
 * Asks querydr what became of a refund: status 06 (sent to the bank) is its success, 09 its failure, everything else
 * leaves it as it is. "No such transaction" is no failure either: the refund may still be on its way.
 */
export async function queryRefund(request: RefundQueryRequest, send: Send): Promise<RefundQueryResult> {
  const configuration = asGateway(request.configuration);
  if (request.currency !== 'VND') throw new GatewayFieldError('vnp_CurrCode', 'UNEXPECTED');
  const outbound = querydrCall(configuration, { ...request, transactionNo: request.refundProviderReference ?? '' });
  const sent = await attemptSend(send, outbound);
  const raw = exchange(outbound.body ?? '', sent);
  const result = (judgement: Judgement, tooSoon = false): RefundQueryResult => ({ ...judgement, raw, tooSoon });
  const reading = readApiAnswer(sent);
  if (reading.answer === undefined) return result(reading.judgement);
  const { answer, code } = reading;
  if (code === TOO_SOON) return result(GATEWAY_JUDGE.byCode('QUERY', code), true);
  const read = readSafely(() => readQuerydrResponse(answer), code);
  if (read.received === undefined) return result(read.judgement);
  const belief = beliefIn(configuration, read.received, code);
  if (!belief.believed) return result(belief.judgement);
  if (code === NOT_FOUND) return result(GATEWAY_JUDGE.succeeded(code, 'No such transaction.'));
  if (code !== ANSWERED) return result(GATEWAY_JUDGE.byCode('QUERY', code));
  const { message } = read.received;
  const foreign = message.tmnCode !== configuration.settings.tmnCode || message.txnRef !== request.attemptUid;
  if (foreign || !isRefund(message) || message.amountMinor !== request.amountMinor) {
    return result(GATEWAY_JUDGE.unknown('ANSWER_FOR_ANOTHER', 'The answer is not about this refund.', code));
  }
  const meaning = TRANSACTION_STATUS_CODES[message.transactionStatus]?.meaning ?? 'A status that is not documented.';
  const refundOutcome = provenOutcome(request, message);
  return {
    ...result(GATEWAY_JUDGE.succeeded(code, meaning)),
    ...(refundOutcome === undefined ? {} : { refundOutcome }),
    ...(refundOutcome === undefined || message.transactionNo === ''
      ? {}
      : { providerReference: message.transactionNo }),
  };
}

function isRefund({ transactionType }: QuerydrResponse): boolean {
  return transactionType === FULL_REFUND || transactionType === PARTIAL_REFUND;
}

/**
 * Payment and amount do not tell two refunds of one payment apart, VNPAY's reference does. Without it a rejection may be
 * an earlier try's, so it proves nothing; a success is this refund's only if nothing else was given back.
 */
function provenOutcome(request: RefundQueryRequest, message: QuerydrResponse): 'SUCCEEDED' | 'REFUSED' | undefined {
  const reference = request.refundProviderReference;
  const named = reference !== null && message.transactionNo === reference;
  if (reference !== null && !named) return undefined;
  if (message.transactionStatus === SENT_TO_BANK) {
    return named || request.refundedBeforeMinor === 0n ? 'SUCCEEDED' : undefined;
  }
  return message.transactionStatus === REJECTED && named ? 'REFUSED' : undefined;
}
