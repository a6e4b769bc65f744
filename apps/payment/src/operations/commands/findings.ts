import {
  changeCommand,
  requiredText,
  table,
  textOf,
  type Command,
  type CommandAnswer,
  type ServiceAnswer,
} from '@nx/ops';
import { namedPath } from './answered';

interface FindingJson {
  readonly id: string;
  readonly code: string;
  readonly status: string;
  readonly merchantId: string | null;
  readonly transactionId: string | null;
  readonly owner: string | null;
  readonly outcome: string | null;
  readonly createdAt: string;
  readonly detail: string;
}

const FILTERS = {
  status: 'status',
  code: 'code',
  merchant: 'merchantId',
  transaction: 'transactionId',
  owner: 'owner',
};

export const FINDINGS_LIST: Command = {
  name: 'findings list',
  usage: 'findings list [--status=OPEN|RESOLVED] [--code=] [--merchant=] [--transaction=] [--owner=] [--cursor=]',
  about: 'lists findings, the newest first; without a status the open ones',
  options: {
    ...Object.fromEntries(Object.keys(FILTERS).map((name) => [name, { type: 'string' as const }])),
    cursor: { type: 'string' },
  },
  positionals: 0,
  service: 'reads',
  run: async ({ service }, input) => {
    const query: Record<string, string | undefined> = { status: 'OPEN', cursor: textOf(input, 'cursor') };
    for (const [option, member] of Object.entries(FILTERS)) query[member] = textOf(input, option) ?? query[member];
    const answer = await service({ method: 'GET', path: '/operations/findings', query });
    const { data, nextCursor } = answer.body as { data: FindingJson[]; nextCursor: string | null };
    const cells = data.map((row) => [
      row.createdAt,
      row.id,
      row.code,
      row.transactionId ?? '',
      row.owner ?? '',
      row.outcome ?? row.status,
      row.detail,
    ]);
    const heads = ['created', 'finding', 'code', 'transaction', 'owner', 'state', 'detail'];
    const more = nextCursor === null ? [] : [`there are more: --cursor=${nextCursor}`];
    return {
      finding: data.some(({ status }) => status === 'OPEN'),
      json: { data, nextCursor },
      lines: data.length === 0 ? ['no finding'] : [...table(heads, cells), ...more],
    };
  },
};

const changed = ({ body }: ServiceAnswer): CommandAnswer => {
  const { id, status, owner, outcome } = body as FindingJson;
  const line = `finding ${id} is ${status}${outcome === null ? '' : ` (${outcome})`}, owner ${owner ?? 'nobody'}`;
  return { finding: false, json: { finding: body }, lines: [line] };
};

export const FINDINGS_ASSIGN = changeCommand({
  name: 'findings assign',
  usage: 'findings assign <finding> [--owner=<user>] [--note=<text>]',
  about: 'gives a finding to somebody; without --owner you take it yourself',
  texts: ['owner', 'note'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('findings', input, 'assign'),
    body: { owner: textOf(input, 'owner'), note: textOf(input, 'note') },
  }),
  answer: changed,
});

export const FINDINGS_RESOLVE = changeCommand({
  name: 'findings resolve',
  usage: 'findings resolve <finding> --outcome=EXPLAINED|CORRECTED|DUPLICATE|WRITTEN_OFF --note=<text>',
  about: 'says what came of a finding',
  texts: ['outcome', 'note'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('findings', input, 'resolve'),
    body: { outcome: requiredText(input, 'outcome'), note: requiredText(input, 'note') },
  }),
  answer: changed,
});

export const FINDINGS_REOPEN = changeCommand({
  name: 'findings reopen',
  usage: 'findings reopen <finding> --note=<text>',
  about: 'takes the outcome of a finding back',
  texts: ['note'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('findings', input, 'reopen'),
    body: { note: requiredText(input, 'note') },
  }),
  answer: changed,
});
