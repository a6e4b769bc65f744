import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'docs/rules.md';
const text = readFileSync(join(root, PAGE), 'utf8');

interface Link {
  readonly title: string;
  readonly path: string;
}

interface Row {
  readonly id: string;
  readonly says: string;
  readonly tests: readonly Link[];
  readonly pages: readonly Link[];
  readonly onCall: string;
}

const linksOf = (markdown: string): Link[] =>
  [...markdown.matchAll(/\[((?:[^\]\\]|\\.)+)\]\(([^)]+)\)/g)].map(([, title = '', path = '']) => ({
    // Prettier escapes what Markdown would read as emphasis.
    title: title.replaceAll(/\\([\\_*~`[\]<>])/g, '$1'),
    path: normalize(join(dirname(PAGE), path)),
  }));

/** A row is a heading of the third level: its number, what must hold; below it who is called, and the tests. */
const ROWS = text
  .split(/^### /m)
  .slice(1)
  .map((part): Row => {
    const body = part.split(/^## /m)[0] ?? '';
    const [, id = '', says = ''] = /^(\S+) (.+)$/m.exec(body) ?? [];
    const onCall = /^On call: (.+(?:\n(?!\n|- ).+)*)/m.exec(body)?.[1] ?? '';
    const links = linksOf(body);
    return {
      id,
      says,
      onCall,
      tests: links.filter(({ path }) => path.endsWith('.ts')),
      pages: links.filter(({ path }) => path.startsWith('docs/runbooks/')),
    };
  });

/** What one machine can do of the recovery list; zones and regions need more. */
const RECOVERIES = [
  'worker-killed',
  'api-killed',
  'subscriber-down',
  'wrong-key',
  'node-id-collision',
  'charged-then-timeout',
  'commit-outcome',
  'database-failover',
  'restore-to-a-time',
  'redis-wiped',
  'kafka-down',
  'poison-record',
  'clock-jump',
  'disk-full',
  'rolling-deploy',
];

const RULES = ROWS.filter(({ id }) => /^\d/.test(id));

describe('the map from rules to tests', () => {
  it('has every rule of payments, each sentence under a number of its own', () => {
    expect([...new Set(RULES.map(({ id }) => id.split('.')[0]))]).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
    ]);
    for (const rule of new Set(RULES.map(({ id }) => id.split('.')[0]))) {
      const own = RULES.filter(({ id }) => id.startsWith(`${rule}.`)).map(({ id }) => id);
      expect(own).toEqual(own.map((_id, index) => `${rule}.${index + 1}`));
    }
  });

  it('has every recovery that one machine can do', () => {
    expect(ROWS.filter(({ id }) => !/^\d|^W/.test(id)).map(({ id }) => id)).toEqual(RECOVERIES);
  });

  it.each(ROWS)('$id names what shows it, and who is called', ({ id, says, tests, pages, onCall }) => {
    expect(says).not.toBe('');
    expect(tests.length).toBeGreaterThan(0);
    if (/^[\dW]/.test(id) && pages.length === 0) expect(onCall).toMatch(/^nobody: .{10,}/);
    else expect(pages.length).toBeGreaterThan(0);
  });

  it.each(ROWS.flatMap(({ id, tests }) => tests.map((test) => ({ id, ...test }))))('$id: $title', ({ title, path }) => {
    expect(existsSync(join(root, path)), path).toBe(true);
    // A text of the file begins with it: a title, or a row of a table of cases.
    const source = readFileSync(join(root, path), 'utf8');
    expect(["'", '"', '`'].some((quote) => source.includes(`${quote}${title}`))).toBe(true);
  });

  it.each([...new Set(ROWS.flatMap(({ pages }) => pages.map(({ path }) => path)))])('%s exists', (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });

  it('says what is not shown', () => {
    expect(text).toMatch(/^## Not shown here$/m);
  });
});
