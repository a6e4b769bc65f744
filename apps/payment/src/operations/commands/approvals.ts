import {
  requiredText,
  table,
  textOf,
  type Command,
  type CommandAnswer,
  type CommandInput,
  type OpsContext,
} from '@nx/ops';
import type { ApprovalPage, ApprovalView } from '../approvals/approval.dto';

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

const decide =
  (word: 'approve' | 'reject') =>
  async ({ service }: OpsContext, input: CommandInput): Promise<CommandAnswer> => {
    const [id = ''] = input.positionals;
    const answer = await service({
      method: 'POST',
      path: `/operations/approvals/${encodeURIComponent(id)}/${word}`,
      body: { reason: requiredText(input, 'reason') },
    });
    if (answer.dryRun)
      return { finding: false, json: { wouldSend: answer.body }, lines: [JSON.stringify(answer.body)] };
    const view = answer.body as ApprovalView;
    const next = word === 'approve' ? `; ${view.requestedBy} now sends the request again with this approval` : '';
    return { finding: false, json: view, lines: [`${view.id} ${view.operation} is ${view.state}${next}`] };
  };

export const APPROVALS_APPROVE: Command = {
  name: 'approvals approve',
  usage: 'approvals approve <approval> --reason=<text>',
  about: 'approves what another person asked for, exactly as listed; takes your own token',
  options: { reason: { type: 'string' } },
  positionals: 1,
  service: 'changes',
  run: decide('approve'),
};

export const APPROVALS_REJECT: Command = {
  name: 'approvals reject',
  usage: 'approvals reject <approval> --reason=<text>',
  about: 'refuses what another person asked for, or withdraws your own request; takes your own token',
  options: { reason: { type: 'string' } },
  positionals: 1,
  service: 'changes',
  run: decide('reject'),
};
