import { changeCommand, requiredText, table, textOf, type Command } from '@nx/ops';
import type { ApprovalPage, ApprovalView } from '../approvals/approval.dto';
import { namedPath } from './answered';

const linesOf = (rows: readonly ApprovalView[]): string[] => {
  if (rows.length === 0) return ['nothing waits for a second person'];
  const cells = rows.map((row) => [
    row.createdAt,
    row.id,
    row.state,
    row.operation,
    row.requestedBy,
    row.expiresAt,
    row.reason,
    JSON.stringify(row.payload),
  ]);
  return table(['asked', 'approval', 'state', 'operation', 'by', 'ends', 'reason', 'what will happen'], cells);
};

export const APPROVALS_LIST: Command = {
  name: 'approvals list',
  usage: 'approvals list [--state=PENDING|APPROVED|REJECTED|EXPIRED|USED]',
  about: 'lists what waits for a second person, with the exact payload; with --state what became of others',
  options: { state: { type: 'string' } },
  positionals: 0,
  service: 'reads',
  run: async ({ service }, input) => {
    const state = textOf(input, 'state') ?? 'PENDING';
    const answer = await service({ method: 'GET', path: '/operations/approvals', query: { state, limit: '200' } });
    const { data } = answer.body as ApprovalPage;
    return { finding: state === 'PENDING' && data.length > 0, json: { approvals: data }, lines: linesOf(data) };
  },
};

const decision = (word: 'approve' | 'reject', about: string): Command =>
  changeCommand({
    name: `approvals ${word}`,
    usage: `approvals ${word} <approval> --reason=<text>`,
    about,
    texts: ['reason'],
    positionals: 1,
    request: (input) => ({
      path: namedPath('approvals', input, word),
      body: { reason: requiredText(input, 'reason') },
    }),
    answer: ({ body }) => {
      const view = body as ApprovalView;
      const next = word === 'approve' ? `; ${view.requestedBy} now sends the request again with this approval` : '';
      return { finding: false, json: view, lines: [`${view.id} ${view.operation} is ${view.state}${next}`] };
    },
  });

export const APPROVALS_APPROVE = decision(
  'approve',
  'approves what another person asked for, exactly as listed; takes your own token',
);

export const APPROVALS_REJECT = decision(
  'reject',
  'refuses what another person asked for, or withdraws your own request; takes your own token',
);
