import {
  postingRules,
  POSTING_RULES_VERSION,
  type Decision,
  type JournalDraft,
  type PostingContext,
  type Reversal,
  type SettlementModel,
} from '@nx/mq-pay';
import type { Attempt, SuspenseItem, Transaction, TransactionAggregate } from './transaction';
import type { FindingDraft, SuspenseDraft } from './transaction-change';

const rules = postingRules(POSTING_RULES_VERSION);

/** What the posting rules have to know of an attempt. */
export const postingContext = (
  transaction: Transaction,
  attempt: Attempt,
  settlementModel: SettlementModel,
): PostingContext => ({
  merchantId: transaction.merchantId,
  currency: transaction.currency,
  provider: attempt.provider,
  method: attempt.method,
  settlementModel,
});

/** The items of an aggregate that a payment's reference names; there is at most one. */
const itemOf = (aggregate: TransactionAggregate, attempt: Attempt, reference: string): SuspenseItem | undefined =>
  aggregate.suspense.find((item) => item.attemptId === attempt.id && item.providerReference === reference);

/** An item of which a part comes to count for a sale. */
export const accepted = (item: SuspenseItem, amountMinor: bigint): SuspenseItem => ({
  ...item,
  accepted: item.accepted + amountMinor,
  acceptances: item.acceptances + 1,
});

const takenBack = (item: SuspenseItem, reversal: Reversal, now: number): SuspenseItem => ({
  ...item,
  reversed: item.reversed + reversal.fromSuspenseMinor,
  reversedAt: now,
  autoRefundAt: null,
});

/** Items that a decision changes; what it books anew is `newSuspense`. */
export const changedSuspense = (
  decision: Decision,
  aggregate: TransactionAggregate,
  attempt: Attempt,
  now: number,
): SuspenseItem[] => {
  const { acceptReference, reversal, appliedMinor } = decision;
  if (acceptReference !== undefined) {
    const item = itemOf(aggregate, attempt, acceptReference);
    if (item === undefined) throw new Error(`payment ${acceptReference} is not in suspense`);
    return [accepted(item, appliedMinor)];
  }
  const item = reversal === undefined ? undefined : itemOf(aggregate, attempt, reversal.providerReference);
  return item === undefined || reversal === undefined ? [] : [takenBack(item, reversal, now)];
};

/** The item of a payment that does not count whole; one that was taken back in the same step is empty from the start. */
export const newSuspense = (
  decision: Decision,
  attempt: Attempt,
  finding: FindingDraft | undefined,
  paidAtMs: number | undefined,
  context: { readonly autoRefund: boolean; readonly nextId: () => string; readonly now: number },
): SuspenseDraft[] => {
  const { bookReference, suspenseMinor, reversal } = decision;
  if (bookReference === undefined || suspenseMinor === 0n) return [];
  return [
    {
      id: context.nextId(),
      provider: attempt.provider,
      providerReference: bookReference,
      providerPaidAt: paidAtMs ?? null,
      attemptId: attempt.id,
      amount: suspenseMinor,
      reason: decision.findings[0] ?? 'SURPLUS',
      findingId: finding?.id ?? null,
      reversed: reversal?.fromSuspenseMinor ?? 0n,
      reversedAt: reversal === undefined ? null : context.now,
      autoRefundAt: context.autoRefund && reversal === undefined ? context.now : null,
    },
  ];
};

/** The journals of a decision, by the table of spec payment §6: received, accepted from suspense, taken back. */
export const journalsOf = (
  decision: Decision,
  aggregate: TransactionAggregate,
  attempt: Attempt,
  settlementModel: SettlementModel,
): JournalDraft[] => {
  const posting = postingContext(aggregate.transaction, attempt, settlementModel);
  const { bookReference, acceptReference, reversal, appliedMinor, suspenseMinor } = decision;
  const journals: JournalDraft[] = [];
  if (bookReference !== undefined) {
    const received = { attemptId: attempt.id, providerReference: bookReference, appliedMinor, suspenseMinor };
    journals.push(rules.postPaymentSuccess({ ...posting, ...received }));
  }
  if (acceptReference !== undefined) {
    const item = itemOf(aggregate, attempt, acceptReference);
    if (item === undefined) throw new Error(`payment ${acceptReference} is not in suspense`);
    journals.push(acceptanceJournal(posting, accepted(item, appliedMinor), appliedMinor));
  }
  if (reversal !== undefined) {
    // Nothing but refunds leaves custody in this service, so what the owner still bears is there, whole.
    const payableAvailableMinor = reversal.fromOwnerMinor;
    journals.push(rules.postPaymentReversed({ ...posting, ...reversal, attemptId: attempt.id, payableAvailableMinor }));
  }
  return journals;
};

/** The journal of an acceptance; the item is given as it is afterwards. */
export const acceptanceJournal = (posting: PostingContext, item: SuspenseItem, amountMinor: bigint): JournalDraft =>
  rules.postSuspenseAccepted({
    ...posting,
    suspenseItemId: item.id,
    acceptance: item.acceptances,
    amountMinor,
  });
