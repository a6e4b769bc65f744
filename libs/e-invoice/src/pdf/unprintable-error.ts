export type UnprintableReason =
  | 'CONTROL_CHARACTER'
  | 'MISSING_GLYPH'
  | 'NOT_A_DATE'
  | 'NOT_A_NUMBER'
  | 'NOT_A_SERIES'
  | 'TOO_LONG'
  | 'TOO_MANY_LINES';

export interface UnprintableProblem {
  /** JSON pointer into the invoice, `/options/…` for the options. */
  readonly pointer: string;
  readonly reason: UnprintableReason;
  readonly detail: string;
}

const MAX_PROBLEMS = 50;

/** An invoice that cannot be printed as it stands; lists every reason at once, up to 50. */
export class UnprintableInvoiceError extends Error {
  readonly problems: readonly UnprintableProblem[];

  constructor(problems: readonly UnprintableProblem[]) {
    const listed = problems.slice(0, MAX_PROBLEMS);
    super(`The invoice cannot be printed: ${listed.map((p) => `${p.pointer} ${p.detail}`).join('; ')}`);
    this.name = 'UnprintableInvoiceError';
    this.problems = listed;
  }
}
