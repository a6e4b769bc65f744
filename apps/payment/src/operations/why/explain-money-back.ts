import { amountText, iso, type NextAction } from './sentence';
import type { ChargebackSnapshot, PaymentSnapshot, RefundSnapshot, SuspenseSnapshot } from './payment-snapshot';

export interface ExplainedMoney {
  readonly guards: readonly string[];
  readonly open: readonly string[];
  readonly next: readonly NextAction[];
}

/** What stands between money that must not stay and its way back or to the sale, and who moves next. */
export const explainMoneyBack = (snapshot: PaymentSnapshot, now: number): ExplainedMoney => {
  const { transaction: t, refunds, suspense, freezes, chargebacks } = snapshot;
  const waiting = suspense.filter(({ left }) => left > 0n);
  return {
    guards: [
      ...(t.chargedBack > 0n
        ? [`Chargeback: while ${amountText(t.chargedBack, t.currency)} is contested, no refund is opened.`]
        : []),
      ...freezes.map(
        ({ operation, scope, reason, expiresAt }) =>
          `Frozen: ${operation} of ${scope}${expiresAt === null ? '' : ` until ${iso(expiresAt)}`}: ${reason}.`,
      ),
    ],
    open: [
      ...refunds.flatMap((refund) => sentenceOf(refund, t.currency)),
      ...chargebacks.map(
        ({ reference, amount, status }) => `Case ${reference} over ${amountText(amount, t.currency)} is ${status}.`,
      ),
    ],
    next: [
      ...refunds.flatMap((refund) => nextOfRefund(refund, now)),
      ...waiting.map((item) => nextOfItem(item, t.status, now)),
      ...chargebacks.map((chargeback) => nextOfCase(chargeback, now)),
    ],
  };
};

const nameOf = ({ id, kind }: RefundSnapshot): string => `refund ${id}${kind === 'SUSPENSE' ? ' from suspense' : ''}`;

const sentenceOf = (refund: RefundSnapshot, currency: string): string[] => {
  if (refund.status === 'SUCCEEDED') {
    return refund.toBeConfirmed ? [`The success of ${nameOf(refund)} waits for the provider's report.`] : [];
  }
  const because = refund.reason === null ? '' : ` (${refund.reason})`;
  return [`The ${nameOf(refund)} over ${amountText(refund.amount, currency)} is ${refund.status}${because}.`];
};

const nextOfRefund = (refund: RefundSnapshot, now: number): NextAction[] => {
  const { id, status, tryUid, nextLookAt } = refund;
  switch (status) {
    case 'SUCCEEDED':
      return [];
    case 'FAILED': {
      const what = `Try ${nameOf(refund)} again (retry-refund ${id}), or give it back by hand with evidence.`;
      return [{ who: 'operator', at: null, what }];
    }
    case 'NEW':
      return [{ who: 'worker', at: nextLookAt ?? now, what: `The ${nameOf(refund)} is sent.` }];
    default: {
      if (nextLookAt !== null) {
        return [{ who: 'scheduler', at: nextLookAt, what: `The provider is asked about ${nameOf(refund)}.` }];
      }
      const what =
        `Nobody has proven ${nameOf(refund)}: ask the provider's support, then ` +
        `resolve-stuck-transaction with --attempt=${tryUid ?? id}.`;
      return [{ who: 'operator', at: null, what }];
    }
  }
};

const nextOfCase = ({ reference, status, dueAt }: ChargebackSnapshot, now: number): NextAction => {
  if (status === 'SUBMITTED') {
    return {
      who: 'provider',
      at: null,
      what: `Decides case ${reference}; an operator records it with what proves it.`,
    };
  }
  if (dueAt === null || dueAt > now) {
    const when = dueAt === null ? '' : ' by then';
    return { who: 'merchant', at: dueAt, what: `Send the evidence for case ${reference}${when}, and say so.` };
  }
  const what = `Evidence for case ${reference} was due at ${iso(dueAt)}: ask the provider whether it still counts.`;
  return { who: 'operator', at: null, what };
};

const nextOfItem = ({ id, attemptId, autoRefundAt }: SuspenseSnapshot, status: string, now: number): NextAction => {
  if (status === '403_BLOCKED') {
    return { who: 'operator', at: null, what: `Suspense ${id} is judged again when the transaction is unblocked.` };
  }
  if (attemptId === null) {
    return { who: 'operator', at: null, what: `Find the attempt of suspense ${id}, then suspense match ${id}.` };
  }
  if (autoRefundAt !== null) {
    return { who: 'worker', at: autoRefundAt > now ? autoRefundAt : now, what: `Suspense ${id} goes back by itself.` };
  }
  return { who: 'operator', at: null, what: `Decide over suspense ${id}: suspense accept or suspense refund.` };
};
