import { parseArgs } from 'node:util';
import { UsageError, type Command, type CommandContext, type CommandInput } from './command';
import { LEDGER_BALANCE } from './ledger-balance';
import { LEDGER_VERIFY } from './ledger-verify';
import { FIND_STUCK, QUERY_FAILED, WEBHOOKS_DEAD } from './lists';
import { WHY } from './why';

export const COMMANDS: readonly Command[] = [
  LEDGER_VERIFY,
  LEDGER_BALANCE,
  WHY,
  FIND_STUCK,
  QUERY_FAILED,
  WEBHOOKS_DEAD,
];

export const EXIT = { ok: 0, finding: 1, usage: 2, failed: 3 } as const;

export interface CommandOutput {
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
}

const HELP = [
  'usage: npm run ops -- <command> [options]',
  '',
  ...COMMANDS.flatMap(({ usage, about }) => [`  ${usage}`, `      ${about}`]),
  '',
  '  --json   the answer for machines',
  '  --help   with a command: how it is called',
  '',
  'exit code: 0 in order, 1 something to look at, 2 wrong usage, 3 the command could not do its work',
];

const commandOf = (args: readonly string[]): { command: Command; rest: string[] } | undefined => {
  for (const words of [2, 1]) {
    const command = COMMANDS.find(({ name }) => name === args.slice(0, words).join(' '));
    if (command !== undefined) return { command, rest: args.slice(words) };
  }
  return undefined;
};

/** Reads the command line of one command. Throws `UsageError`. */
const inputOf = (command: Command, rest: string[]): CommandInput => {
  try {
    const options = { ...command.options, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true, strict: true });
    if (values['help'] !== true && positionals.length !== command.positionals) {
      throw new UsageError(`${command.name} takes ${command.positionals} argument(s), ${positionals.length} given`);
    }
    return { positionals, values };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : 'wrong usage');
  }
};

const asJson = (answer: object): string =>
  JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2);

/** Runs one command line and gives its exit code; `open` is called when the usage is right and work begins. */
export const runCommand = async (
  args: readonly string[],
  output: CommandOutput,
  open: () => CommandContext,
): Promise<number> => {
  const found = commandOf(args);
  if (found === undefined) {
    const asked = args.length === 0 || args[0] === '--help' || args[0] === 'help';
    if (!asked) output.error(`there is no command ${args.slice(0, 2).join(' ')}`);
    for (const line of HELP) (asked ? output.out : output.error)(line);
    return args.length > 0 && asked ? EXIT.ok : EXIT.usage;
  }
  const { command, rest } = found;
  try {
    const input = inputOf(command, rest);
    if (input.values['help'] === true) {
      output.out(`usage: npm run ops -- ${command.usage} [--json]`);
      output.out(`  ${command.about}`);
      return EXIT.ok;
    }
    const answer = await command.run(open(), input);
    for (const line of input.values['json'] === true ? [asJson(answer.json)] : answer.lines) output.out(line);
    return answer.finding ? EXIT.finding : EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    output.error(error.message);
    output.error(`usage: npm run ops -- ${command.usage}`);
    return EXIT.usage;
  }
};
