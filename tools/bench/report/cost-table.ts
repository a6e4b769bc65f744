import type { Cost } from '../money/cost';

/** What one payment costs, as Markdown. */
export function costTable({ payments, parts, databaseBytes, logBytes }: Cost): string {
  const rows = parts.map(({ part, milliseconds }) => `| ${part} | ${milliseconds.toFixed(2)} |`);
  const total = parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return `Processor time, the idle share taken off, over ${payments} payments of the gateway, a few at once, each from the
checkout to the callback, its journal, its events, its webhooks and its push:

| Part | core-milliseconds per payment |
| --- | ---: |
${rows.join('\n')}
| **together** | **${total.toFixed(2)}** |

One payment leaves ${kilobytes(databaseBytes)} in the database, indexes included, and writes ${kilobytes(logBytes)} of log.
`;
}

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
