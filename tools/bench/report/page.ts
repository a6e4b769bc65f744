import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../infra/paths.mjs';
import type { Outcome } from '../outcome';
import { chart } from './chart';
import { goalTable } from './goal-table';

const FOLDER = join(ROOT, 'docs', 'generated');
const PAGE = 'bench.md';
const PICTURE = 'bench.svg';

/** What one run has measured. A part that was not asked for is empty. */
export interface Report {
  readonly machine: string;
  /** ISO 8601, of the end of the run. */
  readonly measuredAt: string;
  readonly money: readonly Outcome[];
  /** Markdown of what a payment costs. */
  readonly costs: string;
  /** Markdown of the realtime edge. */
  readonly signal: string;
  /** Markdown of the building blocks. */
  readonly blocks: string;
}

const HEAD = `# Measured speed

Written by \`npm run bench\`. Do not edit.

Every figure stands beside its floor: the least that any implementation of it has to do, measured in the same run on the
same machine, in turns with it, the order changing with every round. Figures are medians of the rounds; a ratio is taken
within a round. The client, the servers and the service share the machine, so a rate by itself says little; the ratio is
what to keep. Each part says when it was measured: a run that measures one part leaves the others as they are.
`;

/** The parts of the page in their order. */
const TITLES = {
  money: 'The paths of money',
  costs: 'What one payment costs',
  signal: 'The realtime edge',
  blocks: 'Building blocks',
} as const;

/**
 * The page as Markdown: what this run has measured, and the other parts as `before` has them.
 * @param before the page as the last run left it, or an empty text
 */
export function page(report: Report, before: string): string {
  const kept = partsOf(before);
  const measured = `Measured ${report.measuredAt.slice(0, 16).replace('T', ' ')} UTC on ${report.machine}.`;
  const bodies = {
    money:
      report.money.length === 0 ? '' : `![Figures in shares of their goals](${PICTURE})\n\n${goalTable(report.money)}`,
    costs: report.costs,
    signal: report.signal,
    blocks: report.blocks,
  };
  const parts = Object.entries(TITLES).map(([key, title]) => {
    const body = bodies[key as keyof typeof TITLES];
    const text = body === '' ? kept.get(title) : `${measured}\n\n${body}`;
    return text === undefined ? '' : `## ${title}\n\n${text.trim()}\n`;
  });
  return [HEAD, ...parts.filter((part) => part !== '')].join('\n');
}

/** The parts of a page by their titles. */
function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = text.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n'))]));
}

/** Writes page and picture among the generated documents. Returns their paths. */
export function writeReport(report: Report): string[] {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, PAGE);
  const files = new Map([[PAGE, page(report, existsSync(file) ? readFileSync(file, 'utf8') : '')]]);
  if (report.money.length > 0) files.set(PICTURE, chart(report.money, report.machine));
  for (const [name, text] of files) writeFileSync(join(FOLDER, name), text);
  return [...files.keys()].map((name) => join('docs', 'generated', name));
}
