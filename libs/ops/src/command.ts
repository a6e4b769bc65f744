import type { ParseArgsConfig } from 'node:util';
import type { Database } from '@nx/persistence';
import type { ServiceCaller } from './call-service';

/** What a command may use: it reads tables, and changes things through the running service alone. */
export interface OpsContext {
  /** The app's database under the environment of the service; opened when it is first asked for. */
  readonly database: Database;
  /** ms */
  readonly now: number;
  /** The running service, by the same REST that the console uses. */
  readonly service: ServiceCaller;
  /** Takes a line about how far the work is; absent where only a machine reads. */
  readonly progress?: (line: string) => void;
}

export interface CommandAnswer {
  /** Something that somebody has to look at, or to do: exit code 1. */
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
  /** One to three words. */
  readonly name: string;
  readonly usage: string;
  readonly about: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** How many arguments without a dash it takes. */
  readonly positionals: number;
  /**
   * What it does with the running service: `reads` takes `--url` and `--token-file` too, `changes` also `--dry-run`. A
   * command without it reads the tables.
   */
  readonly service?: 'reads' | 'changes';
  run(context: OpsContext, input: CommandInput): Promise<CommandAnswer>;
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

/** An option that the command cannot do without. Throws `UsageError` that names it. */
export const requiredText = (input: CommandInput, name: string): string => {
  const value = textOf(input, name);
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`);
  return value;
};
