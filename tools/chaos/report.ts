import { headline } from './oracle/judge';
import type { Injected, Report } from './run';

const seconds = (ms: number | undefined): string => (ms === undefined ? '–' : `${(ms / 1_000).toFixed(1)} s`);

/** The report as a person reads it; the headline is the last line but the seed's. */
export function text(report: Report): string {
  const { verdict, quiet, counts, injected, offences } = { ...report, offences: report.verdict.offences };
  const lines = [
    '',
    'What was done to it',
    ...table(['fault', 'at', 'what', 'recovered after'], injected.map(rowOf)),
    ...perKind(injected),
    '',
    `Sales: ${Object.entries(report.sales)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', ')}; requests ${report.requests}, sent again ${report.retries}, pushes ${report.pushes}`,
    `In the end: ${Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(' · ')}`,
    `Quiet ${quiet.reached ? `after ${seconds(quiet.afterMs)}` : `never: ${quiet.moving.join('; ')}`}`,
    ...report.waiting.map((what) => `Open, and rightly so: ${what}`),
  ];
  if (offences.length > 0) {
    lines.push('', 'What is wrong');
    for (const { kind, subject, what, amount } of offences)
      lines.push(
        `  ${kind.padEnd(11)} ${subject}: ${what}${amount > 0 ? ` (${amount.toLocaleString('vi-VN')} ₫)` : ''}`,
      );
    for (const [payment, why] of Object.entries(report.why)) lines.push('', `ops why ${payment}`, why);
    lines.push('', `Logs: ${report.logFolder}`);
  }
  lines.push('', `${headline(verdict)}${verdict.broken > 0 ? ` · broken rules ${verdict.broken}` : ''}`);
  lines.push(`seed ${report.seed}`);
  return lines.join('\n');
}

/** The report for programs: the plan is made anew from the seed, so it is left out. */
export function json({ plan, ...report }: Report): object {
  return { ...report, headline: headline(report.verdict), lastsMs: plan.lastsMs, planned: plan.sales.length };
}

const rowOf = ({ plan, done, recoveryMs }: Injected): string[] => [
  `${plan.number} ${plan.kind}`,
  seconds(plan.atMs),
  done,
  seconds(recoveryMs),
];

/** Time to recover by kind, the median and the longest. */
function perKind(injected: readonly Injected[]): string[] {
  const kinds = [...new Set(injected.map(({ plan }) => plan.kind))];
  const rows = kinds.map((kind) => {
    const times = injected
      .filter(({ plan }) => plan.kind === kind)
      .flatMap(({ recoveryMs }) => (recoveryMs === undefined ? [] : [recoveryMs]))
      .toSorted((a, b) => a - b);
    return [
      kind,
      `${injected.filter(({ plan }) => plan.kind === kind).length}`,
      seconds(times[Math.floor((times.length - 1) / 2)]),
      seconds(times.at(-1)),
    ];
  });
  return rows.length === 0 ? [] : ['', 'Time to recover', ...table(['kind', 'times', 'median', 'longest'], rows)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
