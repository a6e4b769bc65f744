import { duplicated, grouped, lost, sum, unexplained, type Offence } from './offence';
import type { Charge, JournalRow, World } from './world';

const RECEIVED = new Set(['PAYMENT_SUCCESS', 'SUSPENSE_RECEIVED']);
const RECEIVABLE = 'PROVIDER_RECEIVABLE';

/** Money came in under a provider's number: journal keys end in it. */
interface Receipt {
  readonly provider: string;
  readonly reference: string;
  readonly amount: number;
  readonly journal: JournalRow;
}

const keyOf = ({ provider, reference }: { provider: string; reference: string }): string => `${provider} ${reference}`;

/** Each charge of a provider is in the ledger exactly once, with its amount, and nothing else is. */
export function judgeCharges({ truth, records }: World): Offence[] {
  const receipts = grouped(records.journals.flatMap(receiptsOf), keyOf);
  const charged = new Set(truth.charges.map(keyOf));
  return [
    ...truth.charges.flatMap((charge) => judgeCharge(charge, receipts.get(keyOf(charge)) ?? [])),
    ...[...receipts].flatMap(([key, booked]) =>
      charged.has(key)
        ? []
        : [
            unexplained(
              key,
              sum(booked, ({ amount }) => amount),
              'is booked, and the provider took no such money',
              about(booked),
            ),
          ],
    ),
  ];
}

function judgeCharge(charge: Charge, booked: readonly Receipt[]): Offence[] {
  const key = keyOf(charge);
  if (booked.length === 0) return [lost(key, `the provider took ${charge.amount} ₫, and no journal tells of it`)];
  if (booked.length > 1) {
    const journals = booked.map(({ journal }) => journal.key).join(', ');
    return [duplicated(key, `taken once, booked ${booked.length} times: ${journals}`, about(booked))];
  }
  const amount = sum(booked, (receipt) => receipt.amount);
  if (amount === charge.amount) return [];
  const what = `the provider took ${charge.amount} ₫, the ledger says ${amount} ₫`;
  return [unexplained(key, charge.amount - amount, what, about(booked))];
}

function receiptsOf(journal: JournalRow): Receipt[] {
  if (!RECEIVED.has(journal.kind)) return [];
  const reference = journal.key.split(':').at(-1) ?? '';
  return journal.entries
    .filter(({ account }) => account === RECEIVABLE)
    .map(({ provider, amount }) => ({ provider: provider ?? '', reference, amount, journal }));
}

const about = (booked: readonly Receipt[]): string | undefined => booked[0]?.journal.transactionId ?? undefined;
