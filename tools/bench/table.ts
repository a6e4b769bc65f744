import type { Figure } from './benchmark';

/** The figures as a Markdown table, ready to be quoted. */
export function table(figures: readonly Figure[]): string {
  const head = ['Benchmark', 'per second', 'floor', 'floor per second', 'ratio', 'lowest to highest'];
  const rows = figures.map((figure) => [
    figure.name,
    rate(figure.perSecond),
    figure.floor,
    rate(figure.floorPerSecond),
    figure.ratio.toFixed(2),
    `${figure.lowestRatio.toFixed(2)} to ${figure.highestRatio.toFixed(2)}`,
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const numeric = new Set([1, 3, 4]);
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (numeric.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (numeric.has(at) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}

/** Three digits are all that a measurement on a shared machine is worth. */
function rate(perSecond: number): string {
  return Number(perSecond.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 1 });
}
