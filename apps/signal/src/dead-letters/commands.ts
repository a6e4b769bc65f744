import { changeCommand, requiredText, table, textOf, type Command } from '@nx/ops';
import type { DeadLetterPage, ReplayAnswer } from './dead-letter.dto';

/** `signal list-dead`: what was given up, with the reason. */
const LIST_DEAD: Command = {
  name: 'signal list-dead',
  usage: 'signal list-dead [--key=<merchant or organizer>] [--status=505_DEAD_LETTERED|100_PARKED]',
  about: 'lists the newest records that could not be put into inboxes, with the reason',
  options: { key: { type: 'string' }, status: { type: 'string' } },
  positionals: 0,
  service: 'reads',
  run: async ({ service }, input) => {
    const query = { key: textOf(input, 'key'), status: textOf(input, 'status'), limit: '200' };
    const { body } = await service({ method: 'GET', path: '/operations/dead-letters', query });
    const { data, nextCursor } = body as DeadLetterPage;
    const cells = data.map((row) => [
      row.id,
      row.eventId,
      row.key ?? '-',
      row.status,
      row.reason,
      String(row.tries),
      row.parkedAt,
      row.errorMessage === '' ? '-' : row.errorMessage,
    ]);
    const heads = ['id', 'event', 'key', 'status', 'reason', 'tries', 'parked', 'error'];
    const more = nextCursor === null ? [] : ['there are more; narrow the list'];
    return {
      finding: data.length > 0,
      json: { data, nextCursor },
      lines: data.length === 0 ? ['no dead letters'] : [...table(heads, cells), ...more],
    };
  },
};

/** `signal replay`: dead letters once more, under the same event ids. */
const REPLAY = changeCommand({
  name: 'signal replay',
  usage: 'signal replay --id=<id>[,<id>…] --reason=<why>',
  about: 'replays records that were given up; what is in the inboxes already is not stored again',
  texts: ['id', 'reason'],
  positionals: 0,
  request: (input) => ({
    path: '/operations/dead-letters/replay',
    body: { ids: requiredText(input, 'id').split(','), reason: requiredText(input, 'reason') },
  }),
  answer: ({ body }) => {
    const { replayed, left } = body as ReplayAnswer;
    return {
      finding: left.length > 0,
      json: { replayed, left },
      lines: [`${replayed.length} on their way again`, ...left.map((id) => `${id} was not given up; it is left`)],
    };
  },
});

/** The operators' commands of signal, in the order of the help. */
export const COMMANDS: readonly Command[] = [LIST_DEAD, REPLAY];
