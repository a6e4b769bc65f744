import type { Command } from '@nx/ops';
import { explainPayment, type Explanation } from '../why/explain-payment';
import { readPayments } from '../why/read-payment';
import { iso } from '../why/sentence';

const section = (title: string, sentences: readonly string[]): string[] =>
  sentences.length === 0 ? [] : [`  ${title}`, ...sentences.map((sentence) => `    ${sentence}`)];

const linesOf = ({ summary, proven, evidence, guards, open, next }: Explanation): string[] => [
  summary,
  ...section('proven', proven),
  ...section('evidence', evidence),
  ...section('guards', guards),
  ...section('open', open),
  ...section(
    'next',
    next.map(({ who, at, what }) => `${who}${at === null ? '' : ` at ${iso(at)}`}: ${what}`),
  ),
];

export const WHY: Command = {
  name: 'why',
  usage: 'why <transaction id | uid | attempt id | attempt uid | source id>',
  about: 'says what is proven of a payment, what stops it, what is open, and who does what next',
  options: {},
  positionals: 1,
  run: async ({ database, now }, { positionals }) => {
    const [name = ''] = positionals;
    const snapshots = await database.snapshot((tx) => readPayments(tx, name));
    if (snapshots.length === 0) {
      return { finding: true, json: { payments: [] }, lines: [`Nothing here is called ${name}.`] };
    }
    const payments = snapshots.map((snapshot) => ({
      transactionId: snapshot.transaction.id,
      ...explainPayment(snapshot, now),
    }));
    return { finding: false, json: { payments }, lines: payments.flatMap(linesOf) };
  },
};
