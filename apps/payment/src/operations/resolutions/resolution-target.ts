import { AppError, invalidField } from '@nx/contracts';
import { EXPIRY_GRACE_MS, type Evidence } from '@nx/mq-pay';
import { isOpen, type Attempt, type TransactionAggregate } from '../../transactions/transaction';
import { attemptView } from '../../transactions/transaction.view';
import type { EvidenceRequest, Resolution } from './evidence.dto';

const attemptNotFound = (): AppError =>
  new AppError({ code: 'payment.attempt.not_found', detail: 'The transaction has no such attempt.' });

/** Refuses money that no provider has a word in. */
const ofProvider = (attempt: Attempt): Attempt => {
  if (attempt.provider !== 'SYSTEM') return attempt;
  throw new AppError({ code: 'payment.resolution.counter_money', detail: `${attempt.uid} is counter money.` });
};

/** The named attempt: a payment or a try of a refund. Throws `payment.attempt.not_found`. */
export const namedAttempt = (aggregate: TransactionAggregate, name: string): Attempt => {
  const named = aggregate.attempts.find(
    ({ id, uid, type }) => (id === name || uid === name) && type !== '200_CANCEL_PAYMENT',
  );
  if (named === undefined) throw attemptNotFound();
  return ofProvider(named);
};

/** The attempt that evidence is about: the named one, else the only one that is unknown, else the only one open. */
export const attemptInQuestion = (aggregate: TransactionAggregate, name: string | undefined): Attempt => {
  if (name !== undefined) return namedAttempt(aggregate, name);
  const ours = aggregate.attempts.filter(
    ({ provider, type }) => provider !== 'SYSTEM' && type !== '200_CANCEL_PAYMENT',
  );
  const choices = [ours.filter(({ status }) => status === '000_UNKNOWN'), ours.filter(isOpen), ours];
  const candidates = choices.find((choice) => choice.length > 0) ?? [];
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  const detail = candidates.length === 0 ? 'No attempt went over a provider.' : 'More than one attempt could be meant.';
  throw new AppError({
    code: 'payment.resolution.attempt_required',
    detail,
    errors: [{ pointer: '/attemptId', detail }],
    extra: { attempts: candidates.map(attemptView) },
  });
};

const need = <K extends 'reference' | 'amount' | 'paidAt'>(
  evidence: EvidenceRequest,
  member: K,
): NonNullable<EvidenceRequest[K]> => {
  const value = evidence[member];
  if (value === undefined) throw invalidField('request.invalid', `/evidence/${member}`, 'is needed to prove this');
  return value;
};

const paidAtOf = (evidence: EvidenceRequest, now: number): number => {
  const paidAtMs = Date.parse(need(evidence, 'paidAt'));
  if (paidAtMs > now + EXPIRY_GRACE_MS) {
    throw invalidField('request.invalid', '/evidence/paidAt', 'lies in the future');
  }
  return paidAtMs;
};

const FINAL = { failed: '500_FAIL', cancelled: '505_CANCELLED', expired: '501_EXPIRED' } as const;

/**
 * What an operator has seen, as evidence for the merge. A success names the payment; a negative end needs a document or
 * a description. Throws `request.invalid` for what is missing.
 */
export const evidenceOfOperator = (status: Resolution, given: EvidenceRequest, now: number): Evidence => {
  const said = { source: 'OPERATOR', signed: false, receivedAtMs: now } as const;
  if (status === 'completed') {
    return {
      ...said,
      verdict: 'PAID',
      providerReference: need(given, 'reference'),
      amountMinor: BigInt(need(given, 'amount')),
      paidAtMs: paidAtOf(given, now),
    };
  }
  if (given.documentHash === undefined && given.description === undefined) {
    throw invalidField('request.invalid', '/evidence/description', 'or documentHash is needed to prove this');
  }
  const amount = given.amount === undefined ? {} : { amountMinor: BigInt(given.amount) };
  return { ...said, ...amount, verdict: 'DECLINED', finalStatus: FINAL[status], code: 'OPERATOR' };
};

/** The provider took a payment back, as evidence for the merge. */
export const reversalOfOperator = (given: EvidenceRequest, now: number): Evidence => ({
  source: 'OPERATOR',
  signed: false,
  receivedAtMs: now,
  verdict: 'REVERSED',
  providerReference: need(given, 'reference'),
  ...(given.amount === undefined ? {} : { amountMinor: BigInt(given.amount) }),
});

/** What proves the end of a refund's try. */
export const refundEndOf = (
  status: Resolution,
  given: EvidenceRequest,
): { readonly outcome: 'SUCCEEDED' | 'REFUSED'; readonly providerReference?: string } => {
  if (status === 'completed') return { outcome: 'SUCCEEDED', providerReference: need(given, 'reference') };
  if (status !== 'failed') throw invalidField('request.invalid', '/status', 'a refund is completed or failed');
  if (given.documentHash === undefined && given.description === undefined) {
    throw invalidField('request.invalid', '/evidence/description', 'or documentHash is needed to prove this');
  }
  return { outcome: 'REFUSED' };
};

/**
 * A negative is for what ends by nothing else: an attempt that is unknown, or still open past its end; a try of a refund
 * that was sent. A success may be proven at any time. Throws `payment.resolution.not_stuck`.
 */
export const assertStuck = (attempt: Attempt, status: Resolution, now: number): void => {
  const isRefund = attempt.type === '300_REFUND';
  const unsent = isRefund && attempt.status === '100_NEW';
  const early = !isRefund && isOpen(attempt) && attempt.expiresAt + EXPIRY_GRACE_MS > now;
  const calling = isRefund && attempt.status === '204_SENT' && attempt.nextQueryAt !== null;
  const free = attempt.status === '000_UNKNOWN' || (status === 'completed' ? !unsent : !(unsent || early || calling));
  if (free) return;
  throw new AppError({
    code: 'payment.resolution.not_stuck',
    detail: `${attempt.uid} is ${attempt.status} and will end by itself.`,
    extra: { attempt: attemptView(attempt) },
  });
};
