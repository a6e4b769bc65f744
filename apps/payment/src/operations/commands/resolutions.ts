import { readFileSync } from 'node:fs';
import {
  requiredText,
  textOf,
  UsageError,
  type Command,
  type CommandAnswer,
  type CommandInput,
  type ServiceAnswer,
} from '@nx/ops';
import type { ApprovalRequired } from '../approvals/approval.dto';
import type { ResolutionAnswer } from '../resolutions/evidence.dto';
import type { ReplayAnswer } from '../resolutions/replay.dto';

/** `--evidence` is JSON, or `@` and a file with it. Throws `UsageError`. */
const evidenceOf = (input: CommandInput): object => {
  const text = requiredText(input, 'evidence');
  try {
    const value: unknown = JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new UsageError(`--evidence is JSON or @<file>: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  throw new UsageError('--evidence is a JSON object: {"source":…,"reference":…,"amount":…,"paidAt":…}');
};

/** The answer of a change: nothing sent, a second person first, or what was done. */
export const answered = (
  { status, body, dryRun }: ServiceAnswer,
  done: (body: unknown) => readonly string[],
): CommandAnswer => {
  if (dryRun) return { finding: false, json: { wouldSend: body }, lines: ['nothing was sent', JSON.stringify(body)] };
  if (status !== 202) return { finding: false, json: { answer: body }, lines: done(body) };
  const { approvalId, operation, state, expiresAt } = body as ApprovalRequired;
  const next = state === 'APPROVED' ? 'it is approved' : `another person runs: approvals approve ${approvalId}`;
  const line = `${operation} needs a second person until ${expiresAt}: ${next}; then again with --approval=${approvalId}`;
  return { finding: true, json: { approval: body }, lines: [line] };
};

const resolved = (body: unknown): string[] => {
  const { transaction, outcome, findings } = body as ResolutionAnswer;
  const found = findings.length === 0 ? '' : `; findings: ${findings.join(', ')}`;
  return [`${transaction.uid} is ${transaction.status}, ${transaction.paid} paid; evidence: ${outcome}${found}`];
};

const replayed = (body: unknown): string[] => {
  const { transaction, replayed: items } = body as ReplayAnswer;
  return [
    `${transaction.uid} is ${transaction.status}, ${transaction.paid} of ${transaction.total} paid`,
    ...items.map(({ source, about, outcome }) => `  ${source} ${about}: ${outcome}`),
  ];
};

const pathOf = (input: CommandInput, action: string): string =>
  `/operations/transactions/${encodeURIComponent(input.positionals[0] ?? requiredText(input, 'transaction-id'))}/${action}`;

const TEXT = { type: 'string' } as const;

export const RESOLVE_STUCK: Command = {
  name: 'resolve-stuck-transaction',
  usage:
    'resolve-stuck-transaction --transaction-id= --status=completed|failed|cancelled|expired --evidence=<json or @file> [--attempt=] [--approval=]',
  about: 'ends an unknown payment or refund by what a person has seen',
  options: { 'transaction-id': TEXT, status: TEXT, evidence: TEXT, attempt: TEXT, approval: TEXT },
  positionals: 0,
  service: 'changes',
  run: async ({ service }, input) => {
    const body = {
      status: requiredText(input, 'status'),
      evidence: evidenceOf(input),
      attemptId: textOf(input, 'attempt'),
      approvalId: textOf(input, 'approval'),
    };
    return answered(await service({ method: 'POST', path: pathOf(input, 'resolve'), body }), resolved);
  },
};

export const REVERSE_PAYMENT: Command = {
  name: 'reverse-payment',
  usage: 'reverse-payment --transaction-id= --evidence=<json or @file> [--attempt=] [--approval=]',
  about: 'books that the provider took a payment back',
  options: { 'transaction-id': TEXT, evidence: TEXT, attempt: TEXT, approval: TEXT },
  positionals: 0,
  service: 'changes',
  run: async ({ service }, input) => {
    const body = {
      evidence: evidenceOf(input),
      attemptId: textOf(input, 'attempt'),
      approvalId: textOf(input, 'approval'),
    };
    return answered(await service({ method: 'POST', path: pathOf(input, 'reverse'), body }), resolved);
  },
};

export const REPLAY_TRANSACTION: Command = {
  name: 'replay-transaction',
  usage: 'replay-transaction <transaction id | uid> --reason=<text> [--approval=]',
  about: 'reads all evidence again, asks the provider, and applies what it proves; harmless to repeat',
  options: { reason: TEXT, approval: TEXT },
  positionals: 1,
  service: 'changes',
  run: async ({ service }, input) => {
    const body = { reason: requiredText(input, 'reason'), approvalId: textOf(input, 'approval') };
    return answered(await service({ method: 'POST', path: pathOf(input, 'replay'), body }), replayed);
  },
};

export const CHECK_GATEWAY: Command = {
  name: 'check-gateway-transaction',
  usage: 'check-gateway-transaction --transaction-id=',
  about: 'asks the provider now about every attempt, and applies what it proves',
  options: { 'transaction-id': TEXT },
  positionals: 0,
  service: 'changes',
  run: async ({ service }, input) =>
    answered(await service({ method: 'POST', path: pathOf(input, 'check') }), replayed),
};

export const RETRY_REFUND: Command = {
  name: 'retry-refund',
  usage: 'retry-refund <refund> --reason=<text> [--approval=]',
  about: 'tries a failed refund again, as the money came',
  options: { reason: TEXT, approval: TEXT },
  positionals: 1,
  service: 'changes',
  run: async ({ service }, input) => {
    const path = `/operations/refunds/${encodeURIComponent(input.positionals[0] ?? '')}/retry`;
    const body = { reason: requiredText(input, 'reason'), approvalId: textOf(input, 'approval') };
    const answer = await service({ method: 'POST', path, body });
    return answered(answer, (made) => {
      const { id, status, amount } = made as { id: string; status: string; amount: number };
      return [`refund ${id} over ${amount} is ${status}`];
    });
  },
};
