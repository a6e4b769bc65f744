import { broken, grouped, sum, unexplained, type Offence } from './offence';
import type { JournalRow, World } from './world';

const OWNER = new Set(['MERCHANT_OWN', 'MERCHANT_PAYABLE']);
const OPEN_ATTEMPT = new Set(['100_NEW', '204_SENT', '000_UNKNOWN']);
const OPEN_REFUND = new Set(['NEW', 'SENT', 'UNKNOWN']);

/** The invariants of the books: each journal balances, and what the ledger says is what the rows say. */
export function judgeLedger(world: World): Offence[] {
  const { journals, suspense, refunds, attempts } = world.records;
  const inSuspense = sum(suspense, (row) => row.amount - row.accepted - row.reversed - row.refunded);
  const promised = sum(
    refunds.filter(({ status }) => OPEN_REFUND.has(status)),
    ({ amount }) => amount,
  );
  const cash = sum(
    attempts.filter(({ provider, type }) => provider === 'SYSTEM' && type === '100_PAYMENT'),
    ({ applied, refunded }) => applied - refunded,
  );
  return [
    ...journals.flatMap(judgeJournal),
    ...judgeAccount('SUSPENSE', -balance(journals, 'SUSPENSE'), inSuspense, 'the items in suspense'),
    ...judgeAccount('REFUND_PAYABLE', -balance(journals, 'REFUND_PAYABLE'), promised, 'the open refunds'),
    ...judgeAccount('CASH_DRAWER', balance(journals, 'CASH_DRAWER'), cash, 'the payments in cash'),
    ...judgeReceivables(world),
    ...judgeTransactions(world),
  ];
}

function judgeJournal({ key, entries, transactionId }: JournalRow): Offence[] {
  const rest = sum(entries, ({ amount }) => amount);
  return rest === 0 ? [] : [unexplained(key, rest, 'the journal does not balance', transactionId ?? undefined)];
}

function judgeAccount(account: string, ledger: number, rows: number, named: string): Offence[] {
  if (ledger === rows) return [];
  return [unexplained(account, ledger - rows, `the ledger says ${ledger} ₫, ${named} say ${rows} ₫`)];
}

/** What a provider owes us is what it took less what it gave back; open refunds may be among the latter or not. */
function judgeReceivables({ truth, records }: World): Offence[] {
  const providers = new Set(truth.charges.map(({ provider }) => provider));
  return [...providers].flatMap((provider) => {
    const of = <T extends { readonly provider: string }>(rows: readonly T[]): T[] =>
      rows.filter((row) => row.provider === provider);
    const taken = sum(of(truth.charges), ({ amount }) => amount);
    const paidBack = of(truth.refunds).filter(({ done }) => done);
    const paid = sum(paidBack, ({ amount }) => amount);
    const open = of(records.refunds).filter(({ status }) => OPEN_REFUND.has(status));
    const ledger = balance(records.journals, 'PROVIDER_RECEIVABLE', provider);
    const difference = ledger - (taken - paid);
    const explained = difference >= 0 && difference <= sum(open, ({ amount }) => amount);
    if (explained) return [];
    const what = `the ledger says that it owes us ${ledger} ₫; it took ${taken} ₫ and gave back ${paid} ₫`;
    return [unexplained(provider, difference, what)];
  });
}

function judgeTransactions({ records }: World): Offence[] {
  const attempts = grouped(records.attempts, ({ transactionId }) => transactionId);
  const journals = grouped(records.journals, ({ transactionId }) => transactionId ?? '');
  return records.transactions.flatMap((row) => {
    const own = attempts.get(row.id) ?? [];
    const due = row.paid - row.refunded - row.refundReserved - row.chargedBack;
    const owner = -sum(
      (journals.get(row.id) ?? []).flatMap(({ entries }) => entries).filter(({ account }) => OWNER.has(account)),
      ({ amount }) => amount,
    );
    const open = own.filter(({ type, status }) => type === '100_PAYMENT' && OPEN_ATTEMPT.has(status));
    const pairs: readonly (readonly [string, number, number])[] = [
      ['what the owner has in the ledger', owner, due],
      ['the applied amounts', sum(own, ({ applied }) => applied), row.paid],
      ['the open amounts', sum(open, ({ amount }) => amount), row.openAmount],
      ['the refunded amounts', sum(own, ({ refunded }) => refunded), row.refunded],
      ['the reserved refunds', sum(own, ({ refundReserved }) => refundReserved), row.refundReserved],
    ];
    const wrong = pairs.filter(([, found, expected]) => found !== expected);
    const settles = row.settled === (row.paid === row.total && row.total > 0);
    return [
      ...wrong.map(([name, found, expected]) =>
        unexplained(row.id, found - expected, `${name}: ${found} ₫ instead of ${expected} ₫`, row.id),
      ),
      ...(settles ? [] : [broken(row.id, `${row.status} with ${row.paid} ₫ paid of ${row.total} ₫`, row.id)]),
    ];
  });
}

/** Debits less credits. */
function balance(journals: readonly JournalRow[], account: string, provider?: string): number {
  const entries = journals.flatMap((journal) => journal.entries).filter((entry) => entry.account === account);
  return sum(
    entries.filter((entry) => provider === undefined || entry.provider === provider),
    ({ amount }) => amount,
  );
}
