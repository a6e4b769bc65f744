/** One thing wrong with an input: `pointer` is a JSON pointer (RFC 6901) into what was given, `detail` says what to change. */
export interface Problem {
  readonly pointer: string;
  readonly detail: string;
}

/** An invoice that cannot be calculated or sent as given; `problems` lists every reason at once. */
export class InvalidInvoiceError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(`The invoice is not valid: ${problems.map((p) => `${p.pointer} ${p.detail}`).join('; ')}`);
    this.name = 'InvalidInvoiceError';
  }
}
