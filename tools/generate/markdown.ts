/** Markdown by hand: a table with escaped cells, and the head that says where a page comes from. */

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  ].join('\n');

export const code = (text: string): string => `\`${text}\``;

export const pageOf = (title: string, source: string, ...parts: readonly string[]): string =>
  `${[`# ${title}`, `Written by \`npm run generate\` from ${source}. Do not edit.`, ...parts].join('\n\n')}\n`;
