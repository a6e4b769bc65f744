/** Most findings of one run that are kept by name; all are counted. */
const MOST_NAMED = 100;

export type ChainFindingCode =
  | 'ROW_CHANGED'
  | 'ROW_REMOVED'
  | 'ROW_INSERTED'
  | 'ROW_UNBALANCED'
  | 'ENTRY_WITHOUT_JOURNAL'
  | 'SEAL_CHANGED'
  | 'SEAL_MISSING'
  | 'SEAL_INSERTED'
  | 'CHECKPOINT_CHANGED'
  | 'CHECKPOINT_MISSING'
  | 'BALANCE_CHANGED'
  | 'ANCHOR_MISSED';

/** Something that cannot have come about by the service's own work. */
export interface ChainFinding {
  readonly chain: string;
  readonly code: ChainFindingCode;
  /** What is named: a row's id, a seal's number, an account. */
  readonly subject: string;
  readonly detail: string;
}

/** Findings of one chain. */
export class ChainFindings {
  private readonly named: ChainFinding[] = [];
  private total = 0;

  constructor(private readonly chain: string) {}

  add(code: ChainFindingCode, subject: string, detail: string): void {
    this.total += 1;
    if (this.named.length < MOST_NAMED) this.named.push({ chain: this.chain, code, subject, detail });
  }

  list(): { readonly findings: readonly ChainFinding[]; readonly unnamed: number } {
    return { findings: this.named, unnamed: this.total - this.named.length };
  }
}
