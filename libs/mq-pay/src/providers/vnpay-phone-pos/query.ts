import type { Send } from '@nx/contracts';
import type { QueryRequest, QueryResult } from '../../provider';
import { askCheckTrans } from '../vnpay-qr-mms/query';
import { asPhonePos } from './configuration';
import { PHONE_POS_JUDGE } from './judge';

/** Asks CheckTrans where the merchant has it; without it nothing is learnt, and the outcome stays unknown to us. */
export async function queryPayment(request: QueryRequest, send: Send): Promise<QueryResult> {
  const { settings, secrets, environment } = asPhonePos(request.configuration);
  const { merchantCode, terminalId, checkEndpoint } = settings;
  if (checkEndpoint === null || secrets.checkSecret === null) {
    return {
      ...PHONE_POS_JUDGE.notDone('NOT_CONFIGURED', 'The merchant’s connection has no CheckTrans.', false),
      fallbackAllowed: false,
      evidence: {
        source: 'QUERY',
        verdict: 'NO_ANSWER',
        signed: false,
        receivedAtMs: request.askedAtMs,
        askedAtMs: request.askedAtMs,
      },
      raw: { request: '' },
      tooSoon: false,
    };
  }
  const trusted = environment === 'DEVELOPMENT' || checkEndpoint.startsWith('https:');
  const party = { merchantCode, terminalId, endpoint: checkEndpoint, secret: secrets.checkSecret, trusted };
  return askCheckTrans({ ...party, judge: PHONE_POS_JUDGE }, request, send);
}
