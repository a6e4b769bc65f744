import { changeCommand, requiredText, table, textOf, type Command } from '@nx/ops';
import type { SuspensePage } from '../suspense/suspense.dto';
import { answered, approvalOf, namedPath } from './answered';

const stateOf = (body: unknown): string[] => {
  const { uid, status, paid, total } = body as { uid: string; status: string; paid: number; total: number };
  return [`${uid} is ${status}, ${paid} of ${total} paid`];
};

const itemOf = (body: unknown): string[] => {
  const { id, attemptId, left, refunded } = body as Record<string, string | number | null>;
  return [`${id} of attempt ${attemptId ?? 'none'}: ${left ?? 0} waits, ${refunded ?? 0} went back or is on its way`];
};

export const BLOCK_TRANSACTION = changeCommand({
  name: 'block-transaction',
  usage: 'block-transaction <transaction id | uid> --reason=<text>',
  about: 'keeps aside what comes in for a transaction, and lets nothing go out',
  texts: ['reason'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('transactions', input, 'block'),
    body: { reason: requiredText(input, 'reason') },
  }),
  answer: answered(stateOf),
});

export const UNBLOCK_TRANSACTION = changeCommand({
  name: 'unblock-transaction',
  usage: 'unblock-transaction <transaction id | uid> --reason=<text> [--approval=]',
  about: 'lets a blocked transaction go on in the state that the evidence proves',
  texts: ['reason', 'approval'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('transactions', input, 'unblock'),
    body: { reason: requiredText(input, 'reason'), ...approvalOf(input) },
  }),
  answer: answered(stateOf),
});

export const SUSPENSE_LIST: Command = {
  name: 'suspense list',
  usage: 'suspense list [--merchant=] [--cursor=]',
  about: 'lists money that waits for a decision, the newest first',
  options: { merchant: { type: 'string' }, cursor: { type: 'string' } },
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

export const SUSPENSE_ACCEPT = changeCommand({
  name: 'suspense accept',
  usage: 'suspense accept <item> --reason=<text> [--approval=]',
  about: 'lets money in suspense count for its sale, as far as it is due',
  texts: ['reason', 'approval'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('suspense', input, 'accept'),
    body: { reason: requiredText(input, 'reason'), ...approvalOf(input) },
  }),
  answer: answered(stateOf),
});

export const SUSPENSE_REFUND = changeCommand({
  name: 'suspense refund',
  usage: 'suspense refund <item> --reason=<text> [--approval=]',
  about: 'gives money in suspense back as it came',
  texts: ['reason', 'approval'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('suspense', input, 'refund'),
    body: { reason: requiredText(input, 'reason'), ...approvalOf(input) },
  }),
  answer: answered(itemOf),
});

export const SUSPENSE_MATCH = changeCommand({
  name: 'suspense match',
  usage: 'suspense match <item> --attempt=<id | uid> --source=<text> [--approval=]',
  about: 'says for which attempt money was meant that named none of ours',
  texts: ['attempt', 'source', 'approval'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('suspense', input, 'match'),
    body: {
      attemptId: requiredText(input, 'attempt'),
      evidence: { source: requiredText(input, 'source') },
      ...approvalOf(input),
    },
  }),
  answer: answered(itemOf),
});
