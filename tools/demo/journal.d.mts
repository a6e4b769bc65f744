export interface JournalEntry {
  readonly account: string;
  readonly side: 'DEBIT' | 'CREDIT';
  readonly amount: number;
}

export interface Journal {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly entries: readonly JournalEntry[];
}

export function readJournals(database: { adminUrl: string; name: string }, transactionId: string): Promise<Journal[]>;
export function journalText(journal: Journal): string;
