import type { Database } from '@nx/persistence';
import type { ParseArgsConfig } from 'node:util';

/** What a command may use: it reads, and says what it saw. */
export interface CommandContext {
  readonly database: Database;
  /** ms */
  readonly now: number;
}

export interface CommandAnswer {
  /** Something that somebody has to look at: exit code 1. */
  readonly finding: boolean;
  /** Printed with `--json`; bigint is written as text. */
  readonly json: object;
  /** Printed for people. */
  readonly lines: readonly string[];
}

export interface CommandInput {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

export interface Command {
  /** One or two words. */
  readonly name: string;
  readonly usage: string;
  readonly about: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** How many arguments without a dash it takes. */
  readonly positionals: number;
  run(context: CommandContext, input: CommandInput): Promise<CommandAnswer>;
}

/** The command was called in a way that it does not know: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** An option that was given as text. */
export const textOf = (input: CommandInput, name: string): string | undefined => {
  const value = input.values[name];
  return typeof value === 'string' ? value : undefined;
};
