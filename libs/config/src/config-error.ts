export interface ConfigProblem {
  env: string;
  problem: string;
}

/** Everything that is wrong with the environment at once, one line each, never with the value of a secret. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ env, problem }) => `  ${env}: ${problem}`);
    super(`The configuration is not usable (${problems.length}):\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
