import { changeCommand, requiredText, table, textOf, UsageError, type Command, type CommandInput } from '@nx/ops';
import type { DeadLetterPage, ReplayAnswer } from '../../dead-letters/dead-letter.dto';

const FILTER = { 'merchant-id': { type: 'string' }, provider: { type: 'string' }, code: { type: 'string' } } as const;

const filterOf = (input: CommandInput): Record<string, string | undefined> => ({
  merchantId: textOf(input, 'merchant-id'),
  provider: textOf(input, 'provider'),
  code: textOf(input, 'code'),
});

/** `invoice list-dead`: what was given up, with the reason. */
export const LIST_DEAD: Command = {
  name: 'invoice list-dead',
  usage: 'invoice list-dead [--merchant-id=<id>] [--provider=<code>] [--code=<reason>]',
  about: 'lists the newest invoices that were given up, with the reason',
  options: FILTER,
  positionals: 0,
  service: 'reads',
  run: async ({ service }, input) => {
    const query = { ...filterOf(input), limit: '200' };
    const { body } = await service({ method: 'GET', path: '/operations/dead-letters', query });
    const { data, nextCursor } = body as DeadLetterPage;
    const cells = data.map((row) => [
      row.invoiceId,
      row.orderId,
      row.merchantId,
      row.provider,
      String(row.partition),
      row.code ?? '-',
      row.legalDeadlineAt,
      row.message ?? '-',
    ]);
    const heads = ['invoice', 'order', 'merchant', 'provider', 'partition', 'reason', 'legal deadline', 'message'];
    const more = nextCursor === null ? [] : ['there are more; narrow the list'];
    return {
      finding: data.length > 0,
      json: { data, nextCursor },
      lines: data.length === 0 ? ['no dead letters'] : [...table(heads, cells), ...more],
    };
  },
};

/** What is to be replayed, by ids or by a filter. Throws `UsageError`. */
const replayOf = (input: CommandInput): object => {
  const ids = textOf(input, 'id')?.split(',');
  const filter = filterOf(input);
  if (ids === undefined && Object.values(filter).every((value) => value === undefined)) {
    throw new UsageError('give --id, or at least one of --merchant-id, --provider, --code');
  }
  const limit = textOf(input, 'limit');
  if (limit !== undefined && !/^\d{1,3}$/.test(limit)) throw new UsageError('--limit is a number up to 500');
  return {
    reason: requiredText(input, 'reason'),
    ...(ids === undefined ? filter : { invoiceIds: ids }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  };
};

/** `invoice replay`: one or many dead letters once more, under the same keys. */
export const REPLAY = changeCommand({
  name: 'invoice replay',
  usage:
    'invoice replay --reason=<why> (--id=<invoice>[,<invoice>…] | [--merchant-id=<id>] [--provider=<code>] [--code=<reason>] [--limit=<n>])',
  about: 'replays what was given up, where nothing was issued; what is unknown is looked up first',
  texts: [...Object.keys(FILTER), 'id', 'limit', 'reason'],
  positionals: 0,
  request: (input) => ({ path: '/operations/dead-letters/replay', body: replayOf(input) }),
  answer: ({ body }) => {
    const { replayed, refused } = body as ReplayAnswer;
    return {
      finding: refused.length > 0,
      json: { replayed, refused },
      lines: [
        `${replayed.length} on their way again`,
        ...refused.map(({ invoiceId, detail }) => `${invoiceId} is not replayed: ${detail}`),
      ],
    };
  },
});
