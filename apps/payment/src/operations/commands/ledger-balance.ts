import { type Command, table, textOf } from '@nx/ops';
import { amountText } from '../why/sentence';

interface BalanceRow {
  account: string;
  type: string;
  currency: string;
  debit: string;
  credit: string;
  balance: string;
}

/** Sums from the entries themselves, which are the truth. `$1` merchant or null. */
const BALANCES = `
SELECT a.id AS account, a.type, a.currency, sum(CASE e.side WHEN 'DEBIT' THEN e.amount ELSE 0 END)::text AS debit,
  sum(CASE e.side WHEN 'CREDIT' THEN e.amount ELSE 0 END)::text AS credit,
  sum(CASE WHEN e.side = a.normal_side THEN e.amount ELSE -e.amount END)::text AS balance
FROM "LedgerAccount" a JOIN "LedgerEntry" e ON e.account_id = a.id
WHERE $1::text IS NULL OR a.merchant_id = $1
GROUP BY a.id, a.type, a.currency ORDER BY a.currency, a.id`;

export const LEDGER_BALANCE: Command = {
  name: 'ledger balance',
  usage: 'ledger balance [--merchant=<id>]',
  about: 'trial balance by account; without a merchant debits and credits must be equal',
  options: { merchant: { type: 'string' } },
  positionals: 0,
  run: async ({ database }, input) => {
    const merchant = textOf(input, 'merchant') ?? null;
    const accounts = await database.query<BalanceRow>(BALANCES, [merchant]);
    const currencies = [...new Set(accounts.map(({ currency }) => currency))];
    const totals = currencies.map((currency) => {
      const own = accounts.filter((row) => row.currency === currency);
      const debit = own.reduce((sum, row) => sum + BigInt(row.debit), 0n);
      const credit = own.reduce((sum, row) => sum + BigInt(row.credit), 0n);
      return { currency, debit, credit, balanced: debit === credit };
    });
    // The accounts of one merchant face those of the platform, so they need not balance among themselves.
    const finding = merchant === null && totals.some(({ balanced }) => !balanced);
    const rows = accounts.map(({ account, currency, debit, credit, balance }) => [
      account,
      ...[debit, credit, balance].map((amount) => amountText(BigInt(amount), currency)),
    ]);
    const sums = totals.map(({ currency, debit, credit }) => [
      `total ${currency}`,
      amountText(debit, currency),
      amountText(credit, currency),
      amountText(debit - credit, currency),
    ]);
    const lines = table(['account', 'debit', 'credit', 'balance'], [...rows, ...sums], new Set([1, 2, 3]));
    return { finding, json: { ok: !finding, merchant, accounts, totals }, lines };
  },
};
