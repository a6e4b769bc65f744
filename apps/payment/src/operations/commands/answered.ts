import { actionPath, textOf, type ChangeCommand, type CommandAnswer, type CommandInput } from '@nx/ops';
import type { ApprovalRequired } from '../approvals/approval.dto';

/** Tells of a change: that a second person comes first, or what was done. */
export const answered =
  (done: (body: unknown) => readonly string[]): ChangeCommand['answer'] =>
  ({ status, body }): CommandAnswer => {
    if (status !== 202) return { finding: false, json: { answer: body }, lines: done(body) };
    const { approvalId, operation, state, expiresAt } = body as ApprovalRequired;
    const next = state === 'APPROVED' ? 'it is approved' : `another person runs: approvals approve ${approvalId}`;
    const line = `${operation} needs a second person until ${expiresAt}: ${next}; then again with --approval=${approvalId}`;
    return { finding: true, json: { approval: body }, lines: [line] };
  };

/** Route of what is done to the one thing that the command names as its argument. */
export const namedPath = (things: string, { positionals: [id = ''] }: CommandInput, action: string): string =>
  actionPath(things, id, action);

/** The second person's word, when it is there already. */
export const approvalOf = (input: CommandInput): { approvalId: string | undefined } => ({
  approvalId: textOf(input, 'approval'),
});
