import { readFileSync } from 'node:fs';
import { actionPath, changeCommand, requiredText, textOf, UsageError, type CommandInput } from '@nx/ops';
import type { ResolutionAnswer } from '../resolutions/evidence.dto';
import type { TransactionReplayAnswer } from '../resolutions/replay.dto';
import { answered, approvalOf, namedPath } from './answered';

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

const resolved = (body: unknown): string[] => {
  const { transaction, outcome, findings } = body as ResolutionAnswer;
  const found = findings.length === 0 ? '' : `; findings: ${findings.join(', ')}`;
  return [`${transaction.uid} is ${transaction.status}, ${transaction.paid} paid; evidence: ${outcome}${found}`];
};

const replayed = (body: unknown): string[] => {
  const { transaction, replayed: items } = body as TransactionReplayAnswer;
  return [
    `${transaction.uid} is ${transaction.status}, ${transaction.paid} of ${transaction.total} paid`,
    ...items.map(({ source, about, outcome }) => `  ${source} ${about}: ${outcome}`),
  ];
};

const transactionPath = (input: CommandInput, action: string): string =>
  actionPath('transactions', requiredText(input, 'transaction-id'), action);

export const RESOLVE_STUCK = changeCommand({
  name: 'resolve-stuck-transaction',
  usage:
    'resolve-stuck-transaction --transaction-id= --status=completed|failed|cancelled|expired --evidence=<json or @file> [--attempt=] [--approval=]',
  about: 'ends an unknown payment or refund by what a person has seen',
  texts: ['transaction-id', 'status', 'evidence', 'attempt', 'approval'],
  positionals: 0,
  request: (input) => ({
    path: transactionPath(input, 'resolve'),
    body: {
      status: requiredText(input, 'status'),
      evidence: evidenceOf(input),
      attemptId: textOf(input, 'attempt'),
      ...approvalOf(input),
    },
  }),
  answer: answered(resolved),
});

export const REVERSE_PAYMENT = changeCommand({
  name: 'reverse-payment',
  usage: 'reverse-payment --transaction-id= --evidence=<json or @file> [--attempt=] [--approval=]',
  about: 'books that the provider took a payment back',
  texts: ['transaction-id', 'evidence', 'attempt', 'approval'],
  positionals: 0,
  request: (input) => ({
    path: transactionPath(input, 'reverse'),
    body: { evidence: evidenceOf(input), attemptId: textOf(input, 'attempt'), ...approvalOf(input) },
  }),
  answer: answered(resolved),
});

export const REPLAY_TRANSACTION = changeCommand({
  name: 'replay-transaction',
  usage: 'replay-transaction <transaction id | uid> --reason=<text> [--approval=]',
  about: 'reads all evidence again, asks the provider, and applies what it proves; harmless to repeat',
  texts: ['reason', 'approval'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('transactions', input, 'replay'),
    body: { reason: requiredText(input, 'reason'), ...approvalOf(input) },
  }),
  answer: answered(replayed),
});

export const CHECK_GATEWAY = changeCommand({
  name: 'check-gateway-transaction',
  usage: 'check-gateway-transaction --transaction-id=',
  about: 'asks the provider now about every attempt, and applies what it proves',
  texts: ['transaction-id'],
  positionals: 0,
  request: (input) => ({ path: transactionPath(input, 'check') }),
  answer: answered(replayed),
});

export const RETRY_REFUND = changeCommand({
  name: 'retry-refund',
  usage: 'retry-refund <refund> --reason=<text> [--approval=]',
  about: 'tries a failed refund again, as the money came',
  texts: ['reason', 'approval'],
  positionals: 1,
  request: (input) => ({
    path: namedPath('refunds', input, 'retry'),
    body: { reason: requiredText(input, 'reason'), ...approvalOf(input) },
  }),
  answer: answered((body) => {
    const { id, status, amount } = body as { id: string; status: string; amount: number };
    return [`refund ${id} over ${amount} is ${status}`];
  }),
});
