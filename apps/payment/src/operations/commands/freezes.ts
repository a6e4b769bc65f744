import { requiredText, table, textOf, UsageError, type Command, type CommandAnswer } from '@nx/ops';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { FREEZE_OPERATIONS, FREEZE_SCOPES } from '../freezes/freeze';
import type { FreezePage, FreezeView } from '../freezes/freeze.dto';

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

const dry = (body: unknown): CommandAnswer => ({
  finding: false,
  json: { wouldSend: body },
  lines: [JSON.stringify(body)],
});

export const FREEZE_SET: Command = {
  name: 'freeze set',
  usage: 'freeze set --operation=<operation> --scope=<scope> --reason=<text> --ticket=<number> [--expires=<time>]',
  about: `stops ${FREEZE_OPERATIONS.join(', ')} for global, merchant:<id>, organizer:<id> or provider:<code>, until somebody lifts it or --expires (30m, 4h, 2d, instant)`,
  options: {
    operation: { type: 'string' },
    scope: { type: 'string' },
    reason: { type: 'string' },
    ticket: { type: 'string' },
    expires: { type: 'string' },
  },
  positionals: 0,
  service: 'changes',
  run: async ({ service, now }, input) => {
    const body = {
      operation: requiredText(input, 'operation'),
      ...scopeOf(requiredText(input, 'scope')),
      reason: requiredText(input, 'reason'),
      ticket: requiredText(input, 'ticket'),
      ...expiryOf(textOf(input, 'expires'), now),
    };
    const answer = await service({ method: 'POST', path: '/operations/freezes', body });
    if (answer.dryRun) return dry(answer.body);
    const view = answer.body as FreezeView;
    const ends = view.expiresAt === null ? 'until somebody lifts it' : `until ${view.expiresAt}`;
    const stops = view.stops.length === 0 ? 'nothing: this release has no such operation' : view.stops.join('; ');
    const lines = [`${view.id}: ${whatOf(view)} is stopped ${ends}`, `that stops ${stops}`];
    return { finding: false, json: view, lines };
  },
};

export const FREEZE_LIFT: Command = {
  name: 'freeze lift',
  usage: 'freeze lift <freeze> --reason=<text> [--approval=<approval>]',
  about:
    'lets go on what was stopped; without --approval it asks for a second person (exit code 1); takes your own token',
  options: { reason: { type: 'string' }, approval: { type: 'string' } },
  positionals: 1,
  service: 'changes',
  run: async ({ service }, input) => {
    const [id = ''] = input.positionals;
    const approvalId = textOf(input, 'approval');
    const reason = requiredText(input, 'reason');
    const body = { reason, ...(approvalId === undefined ? {} : { approvalId }) };
    const path = `/operations/freezes/${encodeURIComponent(id)}/lift`;
    const answer = await service({ method: 'POST', path, body });
    if (answer.dryRun) return dry(answer.body);
    if (answer.status === 202) {
      const asked = answer.body as ApprovalRequired;
      const next = `freeze lift ${id} --reason='${reason.replaceAll("'", String.raw`'\''`)}' --approval=${asked.approvalId}`;
      const lines = [`a second person has to approve ${asked.approvalId} until ${asked.expiresAt}; then: ${next}`];
      return { finding: true, json: asked, lines };
    }
    const view = answer.body as FreezeView;
    return { finding: false, json: view, lines: [`${view.id}: ${whatOf(view)} goes on`] };
  },
};

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
