import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../infra/paths.mjs';
import type { Outcome } from '../money/outcome';
import { chart } from './chart';
import { moneyTable } from './money-table';

const FOLDER = join(ROOT, 'docs', 'generated');
const PICTURE = 'bench.svg';

/** What one run has measured. A part that was not asked for is empty. */
export interface Report {
  readonly machine: string;
  /** ISO 8601, of the end of the run. */
  readonly measuredAt: string;
  readonly money: readonly Outcome[];
  /** Markdown of what a payment costs. */
  readonly costs: string;
  /** Markdown of the building blocks. */
  readonly blocks: string;
  /** Markdown of the realtime edge. */
  readonly signal: string;
}

const HEAD = `# Measured speed

Written by \`npm run bench\`. Do not edit.

Every figure stands beside its floor: the least that any implementation of it has to do, measured in the same run on the
same machine, in turns with it, the order changing with every round. Figures are medians of the rounds; a ratio is taken
within a round. The client, the servers and the service share the machine, so a rate by itself says little; the ratio is
what to keep.`;

/** The page as Markdown. */
export function page({ machine, measuredAt, money, costs, blocks, signal }: Report): string {
  const parts = [
    HEAD,
    `Machine: ${machine}. Measured ${measuredAt.slice(0, 16).replace('T', ' ')} UTC.`,
    money.length === 0
      ? ''
      : `## The paths of money\n\n![Figures in shares of their goals](${PICTURE})\n\n${moneyTable(money)}`,
    costs === '' ? '' : `## What one payment costs\n\n${costs}`,
    signal === '' ? '' : `## The realtime edge\n\n${signal}`,
    blocks === '' ? '' : `## Building blocks\n\n${blocks}`,
  ];
  return `${parts
    .filter((part) => part !== '')
    .map((part) => part.trimEnd())
    .join('\n\n')}\n`;
}

/** Writes page and picture among the generated documents. Returns their paths. */
export function writeReport(report: Report): string[] {
  mkdirSync(FOLDER, { recursive: true });
  const files = new Map([['bench.md', page(report)]]);
  if (report.money.length > 0) files.set(PICTURE, chart(report.money, report.machine));
  for (const [name, text] of files) writeFileSync(join(FOLDER, name), text);
  return [...files.keys()].map((name) => join('docs', 'generated', name));
}
