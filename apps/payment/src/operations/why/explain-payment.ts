import { explainAttempt } from './explain-attempt';
import { explainInvoices } from './explain-invoices';
import { explainMoneyBack } from './explain-money-back';
import { amountText, iso, type NextAction } from './sentence';
import type { DeliverySnapshot, PaymentSnapshot } from './payment-snapshot';

/** Why a payment stands where it stands, in sentences made from present rows. */
export interface Explanation {
  readonly summary: string;
  readonly proven: readonly string[];
  /** The last evidence of each attempt, and whether nothing was heard of an invoice. */
  readonly evidence: readonly string[];
  /** What stops the next step, by the name of the guard. */
  readonly guards: readonly string[];
  readonly open: readonly string[];
  readonly next: readonly NextAction[];
}

/** Pure: `now` in ms judges what is overdue. */
export const explainPayment = (snapshot: PaymentSnapshot, now: number): Explanation => {
  const { transaction } = snapshot;
  const attempts = snapshot.attempts.map((attempt) => explainAttempt(snapshot, attempt, now));
  const deliveries = snapshot.deliveries.map((delivery) => explainDelivery(delivery, now));
  const back = explainMoneyBack(snapshot, now);
  const invoices = explainInvoices(snapshot, now);
  const next = [
    ...transactionNext(snapshot),
    ...back.next,
    ...attempts.flatMap((attempt) => attempt.next),
    ...callbackNext(snapshot, now),
    ...deliveries.flatMap(({ action }) => action),
    ...waitingNext(snapshot),
    ...invoices.next,
    ...snapshot.findings.map(({ id, code, owner }): NextAction => ({
      who: 'operator',
      at: null,
      what: `${owner ?? 'Somebody'} has to judge finding ${id} (${code}).`,
    })),
  ];
  return {
    summary: summaryOf(snapshot),
    proven: [...provenOf(snapshot), ...invoices.proven],
    evidence: [...attempts.map(({ evidence }) => evidence), ...invoices.evidence],
    guards: [...guardsOf(snapshot), ...back.guards, ...attempts.flatMap(({ guards }) => guards)],
    open: [
      ...attempts.flatMap(({ open }) => open),
      ...openOf(snapshot),
      ...back.open,
      ...deliveries.map(({ sentence }) => sentence),
      ...snapshot.waiting.map(
        ({ eventType, createdAt, routes }) => `${eventType} of ${iso(createdAt)} waits for ${routes.join(', ')}.`,
      ),
      ...invoices.open,
    ],
    next: next.length > 0 ? next : [restOf(transaction.status)],
  };
};

const summaryOf = ({ transaction: t }: PaymentSnapshot): string =>
  `Transaction ${t.uid} (${t.id}) of merchant ${t.merchantId} for ${t.sourceType} ${t.sourceId} is ${t.status}: ` +
  `${amountText(t.paid, t.currency)} of ${amountText(t.total, t.currency)} paid.`;

const provenOf = ({ transaction: t, attempts, suspense }: PaymentSnapshot): string[] => {
  const paid = attempts
    .filter(({ applied }) => applied > 0n)
    .map(({ uid, provider, applied, providerReference, paidAt }) => {
      const when = paidAt === null ? '' : `, paid at ${iso(paidAt)}`;
      return `${uid}: ${amountText(applied, t.currency)} by ${provider}, reference ${providerReference ?? 'none'}${when}.`;
    });
  const takenBack = attempts
    .filter(({ reversed }) => reversed > 0n)
    .map(({ uid, reversed }) => `${uid}: the provider took ${amountText(reversed, t.currency)} of it back.`);
  const aside = suspense.map(
    ({ providerReference, amount, left, reason }) =>
      `${amountText(amount, t.currency)} came with reference ${providerReference} and went to suspense (${reason}); ` +
      `${amountText(left, t.currency)} of it is still there.`,
  );
  const back: [bigint, string][] = [
    [t.refunded, 'was refunded'],
    [t.chargedBack, 'is charged back'],
  ];
  const returned = back
    .filter(([amount]) => amount > 0n)
    .map(([amount, what]) => `${amountText(amount, t.currency)} ${what}.`);
  const all = [...paid, ...takenBack, ...aside, ...returned];
  return all.length > 0 ? all : ['No payment is proven.'];
};

const guardsOf = ({ transaction: t }: PaymentSnapshot): string[] => {
  const guards: string[] = [];
  const due = t.total - t.paid;
  if (t.status === '403_BLOCKED') {
    guards.push(
      `BLOCKED: money that comes in goes to suspense and none goes out; before it was ${t.blockedFrom ?? 'new'}.`,
    );
  }
  if (due > 0n && t.openAmount >= due && t.status !== '505_CANCELLED') {
    guards.push(
      `Open amount: attempts under way ask for all that is due (${amountText(due, t.currency)}), so no other starts.`,
    );
  }
  if (t.refundReserved > 0n) {
    guards.push(
      `Refund reserve: ${amountText(t.refundReserved, t.currency)} is kept for refunds whose outcome is not proven.`,
    );
  }
  return guards;
};

const openOf = ({ callbacks, findings }: PaymentSnapshot): string[] => [
  ...callbacks
    .filter(({ processedAt }) => processedAt === null)
    .map(({ receivedAt, tries, lastError }) => {
      const why = lastError === null ? '' : `, the last time: ${lastError}`;
      return `A callback of ${iso(receivedAt)} is stored and not applied; ${tries} tries failed${why}.`;
    }),
  ...findings.map(({ code, detail, createdAt }) => `Finding ${code} since ${iso(createdAt)}: ${detail}`),
];

const transactionNext = ({ transaction: t }: PaymentSnapshot): NextAction[] =>
  t.status === '403_BLOCKED'
    ? [{ who: 'operator', at: null, what: 'Find out which invariant broke (the findings say), then unblock.' }]
    : [];

const callbackNext = ({ callbacks }: PaymentSnapshot, now: number): NextAction[] =>
  callbacks
    .filter(({ processedAt }) => processedAt === null)
    .map(({ nextTryAt }) => ({ who: 'worker', at: nextTryAt ?? now, what: 'The stored callback is applied again.' }));

/** One sentence for each way out, not for each event: a way that is away lets all of them wait. */
const waitingNext = ({ waiting }: PaymentSnapshot): NextAction[] =>
  [...new Set(waiting.flatMap(({ routes }) => routes))].map((route) => ({
    who: 'worker',
    at: null,
    what: `The relay hands on what waits for ${route} as soon as that takes it.`,
  }));

const explainDelivery = (
  delivery: DeliverySnapshot,
  now: number,
): { readonly sentence: string; readonly action: readonly NextAction[] } => {
  const { id, subscriber, eventType, sequence, tries, lastError } = delivery;
  const name = `Webhook ${eventType} (no. ${sequence}) to ${subscriber}`;
  const because = lastError === null ? '' : `: ${lastError}`;
  if (delivery.status !== 'DEAD') {
    const sentence = `${name} waits after ${tries} tries${because}.`;
    if (!delivery.subscriberActive) {
      return {
        sentence,
        action: [{ who: 'merchant', at: null, what: `Switch the subscription ${subscriber} on; it is off.` }],
      };
    }
    return { sentence, action: [{ who: 'worker', at: delivery.nextTryAt ?? now, what: `${name} is sent again.` }] };
  }
  const sentence = `${name} is dead after ${tries} tries${because}.`;
  const what =
    delivery.death === 'TRANSIENT'
      ? `${name} goes out by itself after the subscriber's next 2xx within 72 h; else replay delivery ${id}.`
      : `Mend what the subscriber refuses, then replay delivery ${id}.`;
  return { sentence, action: [{ who: 'operator', at: null, what }] };
};

const restOf = (status: string): NextAction => {
  const what: Readonly<Record<string, string>> = {
    '304_SETTLED': 'Nothing: it is paid and everybody who wants to know was told.',
    '408_REFUNDED': 'Nothing: the money went back.',
    '505_CANCELLED': 'Nothing: it was cancelled. Money that still comes goes to suspense.',
  };
  const ended = what[status];
  return ended === undefined
    ? { who: 'merchant', at: null, what: 'Start another attempt: nothing is under way for what is due.' }
    : { who: 'nobody', at: null, what: ended };
};
