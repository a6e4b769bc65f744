import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../markdown';
import { benchFigures, type BenchFigures } from './bench-figures';
import { limitsTable } from './limits-table';
import { manifestLimits, type ManifestLimits } from './manifest-limits';
import { ASSUMED, costsOf, perProcessor, type Costs } from './plan';
import { stepsTable } from './steps-table';
import { figure } from './wording';

const hundredths = (value: number): string => value.toFixed(2);

/** One processor at the planned share, by what works on a sale. */
function costsTable(bench: BenchFigures, { deployments, postgres, redis }: Costs): string {
  const from: Readonly<Record<string, string>> = {
    'payment-api': `${hundredths(bench.api)} of payment's api, by ${figure(bench.checkoutsPerSecond)} checkouts and ${figure(bench.callbacksPerSecond)} callbacks per second`,
    'payment-ipn': 'the other part of it',
    'payment-worker': 'measured',
    signal: 'measured',
    invoice: 'estimate',
    'invoice-worker': 'estimate',
  };
  const rows = [...deployments].map(([name, milliseconds]) => [
    `\`${name}\``,
    hundredths(milliseconds),
    from[name] ?? 'measured',
    figure(perProcessor(milliseconds)),
  ]);
  return table(
    ['Of one sale', 'core-ms', 'from', 'sales per second of a processor'],
    [
      ...rows,
      [
        'PostgreSQL',
        hundredths(postgres),
        `${hundredths(bench.postgres)} measured, and ${ASSUMED.invoicePostgres} for the e-invoice, an estimate`,
        figure(perProcessor(postgres)),
      ],
      ['Redis', hundredths(redis), 'measured', figure(perProcessor(redis))],
    ],
  );
}

/** The blocks of docs/scaling.md by name. Exported for the test, which gives figures of its own. */
export function scalingBlocks(bench: BenchFigures, limits: ManifestLimits): ReadonlyMap<string, string> {
  const costs = costsOf(bench);
  return new Map([
    ['costs', costsTable(bench, costs)],
    ['steps', stepsTable(bench, limits)],
    ['limits', limitsTable(costs, limits)],
  ]);
}

const START = (name: string): string => `<!-- generated: ${name} -->\n<!-- prettier-ignore-start -->\n`;
const END = '<!-- prettier-ignore-end -->';

/**
 * The page with its blocks made anew between their marks; what stands around them is written by hand.
 * @throws Error that names a block for which the page has no marks
 */
export function filled(page: string, blocks: ReadonlyMap<string, string>): string {
  return [...blocks].reduce((text, [name, block]) => {
    const from = text.indexOf(START(name));
    const to = text.indexOf(END, from);
    if (from === -1 || to === -1) throw new Error(`docs/scaling.md has no marks for the block "${name}"`);
    return `${text.slice(0, from)}${START(name)}\n${block}\n\n${text.slice(to)}`;
  }, page);
}

/** docs/scaling.md as the newest figures of the bench and the limits of the manifests make it. @param root of the repository */
export function scalingPage(root: string): string {
  const read = (path: string): string => readFileSync(join(root, 'docs', path), 'utf8');
  return filled(read('scaling.md'), scalingBlocks(benchFigures(read('generated/bench.md')), manifestLimits(root)));
}
