import type { IssueOutcome, RawExchange, UnknownReason } from './issuer';
import { unknownOutcome } from './outcomes';

/** What a vendor's code says about an invoice that was asked for. */
export type CodeMeaning =
  | {
      readonly outcome: 'REFUSED';
      /** False where the same request can pass once someone has put the account right. */
      readonly permanent: boolean;
      readonly meaning: string;
      /** True where an earlier try of the same request must have met the same refusal, so that it cannot have issued. */
      readonly heldBefore?: true;
    }
  | { readonly outcome: 'UNKNOWN'; readonly reason: UnknownReason; readonly meaning: string }
  | { readonly outcome: 'DECLINED'; readonly meaning: string };

/** The codes of one method of one vendor. The same code can mean another thing in another method. */
export type CodeTable = Readonly<Record<string, CodeMeaning>>;

/** What one answer carries beside its code. */
export interface CodedAnswer {
  readonly code: string;
  /** The vendor's own words. */
  readonly message: string;
  readonly httpStatus: number;
  readonly raw: RawExchange;
  /** True where an earlier try of the same call may have acted. */
  readonly doubtful?: boolean;
}

/** The row of a code; undefined for one that is not in the table. */
export function rowOf(table: CodeTable, code: string): CodeMeaning | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

/** The outcome that a row stands for. */
export function outcomeOfCode(row: CodeMeaning, answer: CodedAnswer): IssueOutcome {
  const { code, httpStatus, raw } = answer;
  const message = answer.message === '' ? row.meaning : answer.message;
  if (row.outcome === 'UNKNOWN') return unknownOutcome(row.reason, `${code}: ${message}`, raw);
  const holds = row.outcome === 'REFUSED' && row.heldBefore === true;
  if (answer.doubtful === true && !holds) {
    return unknownOutcome('SERVER_ERROR', `${code} after a try that may have acted: ${message}`, raw);
  }
  if (row.outcome === 'DECLINED') {
    return { outcome: 'NOT_ISSUED', transient: true, proof: 'DECLINED', reason: `${code}: ${message}`, raw };
  }
  return { outcome: 'REFUSED', permanent: row.permanent, code, message, httpStatus, raw };
}

/** The outcome of a code that no public source explains. */
export function outcomeOfUnlisted(answer: CodedAnswer): IssueOutcome {
  return unknownOutcome('UNLISTED_CODE', `${answer.code}: ${answer.message}`, answer.raw);
}
