import { ERROR_CATALOGUE, statusOf, type ErrorCode } from '@nx/contracts';
import { code, pageOf, table } from './markdown';

const GROUPS: readonly { readonly title: string; readonly holds: (code: string) => boolean }[] = [
  { title: 'Every service', holds: (name) => !/^(payment|invoice|signal)\./.test(name) },
  { title: 'payment', holds: (name) => name.startsWith('payment.') },
  { title: 'invoice', holds: (name) => name.startsWith('invoice.') },
  { title: 'signal', holds: (name) => name.startsWith('signal.') },
];

/** Every code that an answer can carry, with its status and what the caller does about it. */
export function errorsPage(): string {
  const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];
  const parts = GROUPS.flatMap(({ title, holds }) => [
    `## ${title}`,
    table(
      ['Code', 'Status', 'Title', 'What to do'],
      codes
        .filter(holds)
        .map((name) => [code(name), String(statusOf(name)), ERROR_CATALOGUE[name].title, ERROR_CATALOGUE[name].remedy]),
    ),
  ]);
  return pageOf(
    'Error codes',
    '`ERROR_CATALOGUE` of `libs/contracts`',
    'Errors are `application/problem+json`; `code` is the member to switch on. A code is never renamed and never reused.',
    ...parts,
  );
}
