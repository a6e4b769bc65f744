import type { Tx } from '@nx/persistence';
import { accountRows, entryRows, journalRows, type NumberedJournal } from './journal-rows';
import { LEDGER_PARTS } from './ledger-statement';

const { accounts, journals, entries } = LEDGER_PARTS;
const WRITE = `WITH guard AS (SELECT 1), ${accounts('$1')}, ${journals('$2')}, ${entries('$3')} SELECT 1 AS written`;

/** Writes one journal inside a transaction. A journal of the same key throws a unique violation. */
export const writeJournal = async (tx: Tx, journal: NumberedJournal): Promise<void> => {
  const rows = [accountRows([journal]), journalRows([journal]), entryRows([journal])];
  await tx.query(
    WRITE,
    rows.map((part) => JSON.stringify(part)),
  );
};
