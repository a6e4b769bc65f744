import { changeCommand, requiredText, table, textOf, UsageError, type Command, type CommandInput } from '@nx/ops';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { FREEZE_OPERATIONS, FREEZE_SCOPES } from '../freezes/freeze';
import type { FreezePage, FreezeView } from '../freezes/freeze.dto';
import { approvalOf, namedPath } from './answered';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `merchant:<id>` and the like. Throws `UsageError`. */
const scopeOf = (text: string): { scopeType: string; scopeValue?: string } => {
  const [, scopeType = '', scopeValue] = /^([a-z]+)(?::(.+))?$/.exec(text) ?? [];
  if (!FREEZE_SCOPES.some((known) => known === scopeType) || (scopeType === 'global') !== (scopeValue === undefined)) {
    throw new UsageError('--scope is global, merchant:<id>, organizer:<id> or provider:<code>');
  }
  return { scopeType, ...(scopeValue === undefined ? {} : { scopeValue }) };
};

/** `30m`, `4h`, `2d` from now on, or an instant. `now` in ms. */
const expiryOf = (text: string | undefined, now: number): { expiresAt?: string } => {
  if (text === undefined) return {};
  const [, count = '', unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const lasts = UNITS[unit];
  const at = lasts === undefined ? Date.parse(text) : now + Number(count) * lasts;
  if (Number.isNaN(at)) throw new UsageError('--expires is 30m, 4h, 2d or an instant in ISO 8601');
  return { expiresAt: new Date(at).toISOString() };
};

const whatOf = ({ operation, scopeType, scopeValue }: FreezeView): string =>
  `${operation} ${scopeType}${scopeValue === null ? '' : ` ${scopeValue}`}`;

export const FREEZE_SET = changeCommand({
  name: 'freeze set',
  usage: 'freeze set --operation=<operation> --scope=<scope> --reason=<text> --ticket=<number> [--expires=<time>]',
  about: `stops ${FREEZE_OPERATIONS.join(', ')} for global, merchant:<id>, organizer:<id> or provider:<code>, until somebody lifts it or --expires (30m, 4h, 2d, instant)`,
  texts: ['operation', 'scope', 'reason', 'ticket', 'expires'],
  positionals: 0,
  request: (input, now) => ({
    path: '/operations/freezes',
    body: {
      operation: requiredText(input, 'operation'),
      ...scopeOf(requiredText(input, 'scope')),
      reason: requiredText(input, 'reason'),
      ticket: requiredText(input, 'ticket'),
      ...expiryOf(textOf(input, 'expires'), now),
    },
  }),
  answer: ({ body }) => {
    const view = body as FreezeView;
    const ends = view.expiresAt === null ? 'until somebody lifts it' : `until ${view.expiresAt}`;
    const stops = view.stops.length === 0 ? 'nothing: this release has no such operation' : view.stops.join('; ');
    const lines = [`${view.id}: ${whatOf(view)} is stopped ${ends}`, `that stops ${stops}`];
    return { finding: false, json: view, lines };
  },
});

/** The whole command once more, ready for the shell: the second person's word holds for the same reason alone. */
const liftAgain = (input: CommandInput, approvalId: string): string => {
  const reason = requiredText(input, 'reason').replaceAll("'", String.raw`'\''`);
  return `freeze lift ${input.positionals[0] ?? ''} --reason='${reason}' --approval=${approvalId}`;
};

export const FREEZE_LIFT = changeCommand({
  name: 'freeze lift',
  usage: 'freeze lift <freeze> --reason=<text> [--approval=<approval>]',
  about:
    'lets go on what was stopped; without --approval it asks for a second person (exit code 1); takes your own token',
  texts: ['reason', 'approval'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('freezes', input, 'lift'),
    body: { reason: requiredText(input, 'reason'), ...approvalOf(input) },
  }),
  answer: ({ status, body }, input) => {
    if (status === 202) {
      const { approvalId, expiresAt } = body as ApprovalRequired;
      const line = `a second person has to approve ${approvalId} until ${expiresAt}; then: ${liftAgain(input, approvalId)}`;
      return { finding: true, json: body as ApprovalRequired, lines: [line] };
    }
    const view = body as FreezeView;
    return { finding: false, json: view, lines: [`${view.id}: ${whatOf(view)} goes on`] };
  },
});

export const FREEZE_LIST: Command = {
  name: 'freeze list',
  usage: 'freeze list [--all]',
  about: 'lists what is stopped; with --all what was, too',
  options: { all: { type: 'boolean' } },
  positionals: 0,
  service: 'reads',
  run: async ({ service }, { values }) => {
    const query = { limit: '200', active: values['all'] === true ? undefined : 'true' };
    const { data } = (await service({ method: 'GET', path: '/operations/freezes', query })).body as FreezePage;
    const cells = data.map((view) => [
      view.createdAt,
      view.id,
      whatOf(view),
      view.active ? 'stopped' : view.liftedAt === null ? 'expired' : `lifted by ${view.liftedBy}`,
      view.expiresAt ?? '',
      view.createdBy,
      view.ticket,
      view.reason,
    ]);
    const heads = ['since', 'freeze', 'what', 'state', 'ends', 'by', 'ticket', 'reason'];
    return {
      finding: data.some(({ active }) => active),
      json: { freezes: data },
      lines: data.length === 0 ? ['nothing is stopped'] : table(heads, cells),
    };
  },
};
