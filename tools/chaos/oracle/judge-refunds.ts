import { duplicated, grouped, lost, sum, unexplained, type Offence } from './offence';
import type { RefundRow, TruthRefund, World } from './world';

/** A refund whose outcome the provider never said: the books keep its money aside, which explains it either way. */
const NOT_PROVEN = new Set(['NEW', 'SENT', 'UNKNOWN']);

/** Each refund that a provider paid is one of ours, once; each that we say is paid was paid. */
export function judgeRefunds({ truth, records }: World): Offence[] {
  const keyOf = ({ provider, reference }: { provider: string; reference: string | null }): string =>
    `${provider} ${reference ?? '(without a number)'}`;
  const paid = grouped(
    truth.refunds.filter(({ done }) => done),
    keyOf,
  );
  const ours = grouped(
    records.refunds.filter(({ provider }) => provider !== 'SYSTEM'),
    keyOf,
  );
  return [...new Set([...paid.keys(), ...ours.keys()])].flatMap((key) =>
    judgePayment(key, paid.get(key) ?? [], ours.get(key) ?? []),
  );
}

/** The refunds of one payment, as the provider and as we know them. */
function judgePayment(key: string, paid: readonly TruthRefund[], ours: readonly RefundRow[]): Offence[] {
  const payment = ours[0]?.transactionId;
  const proven = ours.filter(({ status }) => status === 'SUCCEEDED');
  const open = ours.filter(({ status }) => NOT_PROVEN.has(status));
  if (paid.length > 0 && ours.length === 0)
    return [lost(key, `the provider paid ${sum(paid, amountOf)} ₫ back, and we have no refund of it`)];
  if (paid.length > proven.length + open.length) {
    const what = `the provider paid back ${paid.length} times, we know of ${proven.length} paid and ${open.length} open refunds`;
    return [duplicated(key, what, payment)];
  }
  if (proven.length > paid.length)
    return [lost(key, `we say ${proven.length} refunds are paid, the provider paid ${paid.length}`, payment)];
  return amountsFit(paid, proven, open)
    ? []
    : [unexplained(key, sum(paid, amountOf) - sum(proven, amountOf), 'the amounts that went back differ', payment)];
}

/** What the provider paid is what we proved, plus some of what is open. */
function amountsFit(paid: readonly TruthRefund[], proven: readonly RefundRow[], open: readonly RefundRow[]): boolean {
  const left = paid.map(amountOf);
  for (const { amount } of proven) {
    const at = left.indexOf(amount);
    if (at < 0) return false;
    left.splice(at, 1);
  }
  const possible = open.map(amountOf);
  return left.every((amount) => {
    const at = possible.indexOf(amount);
    if (at >= 0) possible.splice(at, 1);
    return at >= 0;
  });
}

const amountOf = ({ amount }: { readonly amount: number }): number => amount;
