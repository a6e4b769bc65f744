import type { ServiceAnswer } from './call-service';
import type { Command, CommandAnswer, CommandInput, OpsContext } from './command';

/** A command that asks the running service for one change by POST. */
export interface ChangeCommand extends Pick<Command, 'name' | 'usage' | 'about'> {
  /** Its options; all of them are texts. */
  readonly texts: readonly string[];
  /** How many arguments without a dash it takes. */
  readonly positionals: number;
  /** Path below the service's base path, and the body. `now` in ms. Throws `UsageError`. */
  request(input: CommandInput, now: number): { readonly path: string; readonly body?: object };
  /** What is told of a 2xx. */
  answer(answer: ServiceAnswer, input: CommandInput, context: OpsContext): CommandAnswer | Promise<CommandAnswer>;
}

/** Makes the command; with `--dry-run` it says what would be sent. */
export const changeCommand = ({ texts, request, answer, ...rest }: ChangeCommand): Command => ({
  ...rest,
  options: Object.fromEntries(texts.map((name) => [name, { type: 'string' }])),
  service: 'changes',
  run: async (context, input) => {
    const given = await context.service({ method: 'POST', ...request(input, context.now) });
    if (!given.dryRun) return answer(given, input, context);
    const { body } = given;
    return { finding: false, json: { wouldSend: body }, lines: ['nothing was sent', JSON.stringify(body)] };
  },
});

/** Route of what is done to one thing, `/operations/<things>/<id>/<action>`; the id as it was typed. */
export const actionPath = (things: string, id: string, action: string): string =>
  `/operations/${things}/${encodeURIComponent(id)}/${action}`;
