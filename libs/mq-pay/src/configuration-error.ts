/** One bad field: `pointer` is an RFC 6901 JSON pointer below `/tValue` or `/credential`. No value is ever in it. */
export interface ConfigurationProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** A provider configuration that cannot be used, with all of its faults at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(problems.map((problem) => `${problem.pointer}: ${problem.detail}`).join('; '));
  }
}
