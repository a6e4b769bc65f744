import { parseArgs, type ParseArgsConfig } from 'node:util';
import { RefusedError, ServiceFailedError } from './call-service';
import { UsageError, type Command, type CommandInput, type OpsContext } from './command';

export const EXIT = { ok: 0, finding: 1, usage: 2, failed: 3, refused: 4 } as const;

export interface CommandOutput {
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
}

/** The commands of an app and what they are given; `open` is called when the usage is right and work begins. */
export interface CommandSet {
  readonly commands: readonly Command[];
  readonly open: (input: CommandInput) => OpsContext;
}

type Options = NonNullable<ParseArgsConfig['options']>;

const COMMON: Options = { json: { type: 'boolean' }, help: { type: 'boolean' } };
const OF_SERVICE = {
  reads: { url: { type: 'string' }, 'token-file': { type: 'string' } },
  changes: { url: { type: 'string' }, 'token-file': { type: 'string' }, 'dry-run': { type: 'boolean' } },
} satisfies Record<'reads' | 'changes', Options>;
const USAGE_OF_SERVICE = {
  reads: ' [--url=<root>] [--token-file=<file>]',
  changes: ' [--dry-run] [--url=<root>] [--token-file=<file>]',
};

/** Most words of a name. */
const LONGEST_NAME = 3;

const helpOf = (commands: readonly Command[]): string[] => [
  'usage: npm run ops -- <command> [options]',
  '',
  ...commands.flatMap(({ usage, about }) => [`  ${usage}`, `      ${about}`]),
  '',
  '  --json         the answer for machines',
  '  --help         with a command: how it is called',
  '  --dry-run      with a command that changes something: says what would be sent, and sends nothing',
  '  --url          with a command that calls the service: its root address',
  "  --token-file   with a command that calls the service: file with an operator's token",
  '',
  'exit code: 0 in order, 1 something to look at or to do, 2 wrong usage, 3 the command could not do its work,',
  '           4 the service refused',
];

/** How one command is called, as `--help` and a wrong call show it. */
export const usageOf = (command: Command): string =>
  `usage: npm run ops -- ${command.usage}${command.service === undefined ? '' : USAGE_OF_SERVICE[command.service]}`;

const commandOf = (
  commands: readonly Command[],
  args: readonly string[],
): { command: Command; rest: string[] } | undefined => {
  for (let words = LONGEST_NAME; words > 0; words -= 1) {
    const command = commands.find(({ name }) => name === args.slice(0, words).join(' '));
    if (command !== undefined) return { command, rest: args.slice(words) };
  }
  return undefined;
};

/** Reads the command line of one command. Throws `UsageError`. */
const inputOf = (command: Command, rest: string[]): CommandInput => {
  try {
    const ofService = command.service === undefined ? {} : OF_SERVICE[command.service];
    const options = { ...command.options, ...ofService, ...COMMON };
    const parsed = parseArgs({ args: rest, options, allowPositionals: true, strict: true });
    const values = parsed.values as CommandInput['values'];
    if (values['help'] !== true && parsed.positionals.length !== command.positionals) {
      throw new UsageError(
        `${command.name} takes ${command.positionals} argument(s), ${parsed.positionals.length} given`,
      );
    }
    return { positionals: parsed.positionals, values };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : 'wrong usage');
  }
};

const asJson = (answer: object): string =>
  JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2);

const runFound = async (
  command: Command,
  rest: string[],
  output: CommandOutput,
  open: CommandSet['open'],
): Promise<number> => {
  const input = inputOf(command, rest);
  if (input.values['help'] === true) {
    output.out(`${usageOf(command)} [--json]`);
    output.out(`  ${command.about}`);
    return EXIT.ok;
  }
  const answer = await command.run(open(input), input);
  for (const line of input.values['json'] === true ? [asJson(answer.json)] : answer.lines) output.out(line);
  return answer.finding ? EXIT.finding : EXIT.ok;
};

/** Runs one command line and gives its exit code. Throws what is neither wrong usage nor an answer of the service. */
export const runCommand = async (
  args: readonly string[],
  output: CommandOutput,
  { commands, open }: CommandSet,
): Promise<number> => {
  const found = commandOf(commands, args);
  if (found === undefined) {
    const asked = args.length === 0 || args[0] === '--help' || args[0] === 'help';
    if (!asked) output.error(`there is no command ${args.slice(0, 2).join(' ')}`);
    for (const line of helpOf(commands)) (asked ? output.out : output.error)(line);
    return args.length > 0 && asked ? EXIT.ok : EXIT.usage;
  }
  try {
    return await runFound(found.command, found.rest, output, open);
  } catch (error) {
    if (error instanceof UsageError) {
      output.error(error.message);
      output.error(usageOf(found.command));
      return EXIT.usage;
    }
    if (!(error instanceof RefusedError || error instanceof ServiceFailedError)) throw error;
    output.error(error.message);
    return error instanceof RefusedError ? EXIT.refused : EXIT.failed;
  }
};
