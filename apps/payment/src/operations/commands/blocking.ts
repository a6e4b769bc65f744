import { requiredText, table, textOf, type Command, type CommandInput } from '@nx/ops';
import type { SuspensePage } from '../suspense/suspense.dto';
import { answered } from './resolutions';

const TEXT = { type: 'string' } as const;
const named = (input: CommandInput, path: string, action: string): string =>
  `/operations/${path}/${encodeURIComponent(input.positionals[0] ?? '')}/${action}`;

const stateOf = (body: unknown): string[] => {
  const { uid, status, paid, total } = body as { uid: string; status: string; paid: number; total: number };
  return [`${uid} is ${status}, ${paid} of ${total} paid`];
};

const itemOf = (body: unknown): string[] => {
  const { id, attemptId, left, refunded } = body as Record<string, string | number | null>;
  return [`${id} of attempt ${attemptId ?? 'none'}: ${left ?? 0} waits, ${refunded ?? 0} went back or is on its way`];
};

export const BLOCK_TRANSACTION: Command = {
  name: 'block-transaction',
  usage: 'block-transaction <transaction id | uid> --reason=<text>',
  about: 'keeps aside what comes in for a transaction, and lets nothing go out',
  options: { reason: TEXT },
  positionals: 1,
  service: 'changes',
  run: async ({ service }, input) => {
    const body = { reason: requiredText(input, 'reason') };
    return answered(await service({ method: 'POST', path: named(input, 'transactions', 'block'), body }), stateOf);
  },
};

export const UNBLOCK_TRANSACTION: Command = {
  name: 'unblock-transaction',
  usage: 'unblock-transaction <transaction id | uid> --reason=<text> [--approval=]',
  about: 'lets a blocked transaction go on in the state that the evidence proves',
  options: { reason: TEXT, approval: TEXT },
  positionals: 1,
  service: 'changes',
  run: async ({ service }, input) => {
    const body = { reason: requiredText(input, 'reason'), approvalId: textOf(input, 'approval') };
    return answered(await service({ method: 'POST', path: named(input, 'transactions', 'unblock'), body }), stateOf);
  },
};

export const SUSPENSE_LIST: Command = {
  name: 'suspense list',
  usage: 'suspense list [--merchant=] [--cursor=]',
  about: 'lists money that waits for a decision, the newest first',
  options: { merchant: TEXT, cursor: TEXT },
  positionals: 0,
  service: 'reads',
  run: async ({ service }, input) => {
    const query = { merchantId: textOf(input, 'merchant'), cursor: textOf(input, 'cursor') };
    const answer = await service({ method: 'GET', path: '/operations/suspense', query });
    const { data, nextCursor } = answer.body as SuspensePage;
    const cells = data.map((row) => [
      row.createdAt,
      row.id,
      row.reason,
      row.transactionId ?? '',
      row.providerReference,
      String(row.amount),
      String(row.left),
    ]);
    const heads = ['came', 'item', 'reason', 'transaction', 'reference', 'amount', 'waits'];
    const more = nextCursor === null ? [] : [`there are more: --cursor=${nextCursor}`];
    return {
      finding: data.length > 0,
      json: { data, nextCursor },
      lines: data.length === 0 ? ['nothing waits'] : [...table(heads, cells, new Set([5, 6])), ...more],
    };
  },
};

export const SUSPENSE_ACCEPT: Command = {
  name: 'suspense accept',
  usage: 'suspense accept <item> --reason=<text> [--approval=]',
  about: 'lets money in suspense count for its sale, as far as it is due',
  options: { reason: TEXT, approval: TEXT },
  positionals: 1,
  service: 'changes',
  run: async ({ service }, input) => {
    const body = { reason: requiredText(input, 'reason'), approvalId: textOf(input, 'approval') };
    return answered(await service({ method: 'POST', path: named(input, 'suspense', 'accept'), body }), stateOf);
  },
};

export const SUSPENSE_REFUND: Command = {
  name: 'suspense refund',
  usage: 'suspense refund <item> --reason=<text> [--approval=]',
  about: 'gives money in suspense back as it came',
  options: { reason: TEXT, approval: TEXT },
  positionals: 1,
  service: 'changes',
  run: async ({ service }, input) => {
    const body = { reason: requiredText(input, 'reason'), approvalId: textOf(input, 'approval') };
    return answered(await service({ method: 'POST', path: named(input, 'suspense', 'refund'), body }), itemOf);
  },
};

export const SUSPENSE_MATCH: Command = {
  name: 'suspense match',
  usage: 'suspense match <item> --attempt=<id | uid> --source=<text> [--approval=]',
  about: 'says for which attempt money was meant that named none of ours',
  options: { attempt: TEXT, source: TEXT, approval: TEXT },
  positionals: 1,
  service: 'changes',
  run: async ({ service }, input) => {
    const evidence = { source: requiredText(input, 'source') };
    const approvalId = textOf(input, 'approval');
    const body = { attemptId: requiredText(input, 'attempt'), evidence, approvalId };
    return answered(await service({ method: 'POST', path: named(input, 'suspense', 'match'), body }), itemOf);
  },
};
