import { changeCommand } from './change-command';
import { requiredText, textOf, type Command } from './command';
import { table } from './table';
import type { ParkedRecordPageShape, ParkedReplayShape } from '@nx/contracts';

interface ParkedCommands {
  /** Names of the two commands, with the service's own first word. */
  readonly list: string;
  readonly replay: string;
  /** Route of the service below its base path. */
  readonly path: string;
}

/** The commands of a service for Kafka records that it could not handle: what there is, and once more. */
export const parkedCommands = ({ list, replay, path }: ParkedCommands): readonly Command[] => [
  {
    name: list,
    usage: `${list} [--key=<key>] [--status=505_DEAD_LETTERED|100_PARKED]`,
    about: 'lists the newest Kafka records that could not be handled, with the reason',
    options: { key: { type: 'string' }, status: { type: 'string' } },
    positionals: 0,
    service: 'reads',
    run: async ({ service }, input) => {
      const query = { key: textOf(input, 'key'), status: textOf(input, 'status'), limit: '200' };
      const { body } = await service({ method: 'GET', path, query });
      const { data, nextCursor } = body as ParkedRecordPageShape;
      const cells = data.map((row) => [
        row.id,
        row.topic,
        row.eventId,
        row.key ?? '-',
        row.status,
        row.reason,
        String(row.tries),
        row.parkedAt,
        row.errorMessage === '' ? '-' : row.errorMessage,
      ]);
      const heads = ['id', 'topic', 'event', 'key', 'status', 'reason', 'tries', 'parked', 'error'];
      const more = nextCursor === null ? [] : ['there are more; narrow the list'];
      return {
        finding: data.length > 0,
        json: { data, nextCursor },
        lines: data.length === 0 ? ['no such records'] : [...table(heads, cells), ...more],
      };
    },
  },
  changeCommand({
    name: replay,
    usage: `${replay} --id=<id>[,<id>…] --reason=<why>`,
    about: 'tries Kafka records once more that were given up or wait; what had its effect has none again',
    texts: ['id', 'reason'],
    positionals: 0,
    request: (input) => ({
      path: `${path}/replay`,
      body: { ids: requiredText(input, 'id').split(','), reason: requiredText(input, 'reason') },
    }),
    answer: ({ body }) => {
      const { replayed, left } = body as ParkedReplayShape;
      return {
        finding: left.length > 0,
        json: { replayed, left },
        lines: [
          `${replayed.length} on their way again`,
          ...left.map((id) => `${id} is left: there is none, it was handled, or it is being tried now`),
        ],
      };
    },
  }),
];
