import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../infra/paths.mjs';
import { GROUPS } from './groups.mjs';
import { scoreOf, survivorsOf, toMarkdown } from './report.mjs';

const mutant = (status: string, line: number, replacement = '""') => ({
  status,
  replacement,
  mutatorName: 'StringLiteral',
  location: { start: { line, column: 3 } },
});
const REPORT = {
  files: {
    'libs/b.ts': { mutants: [mutant('Killed', 1), mutant('Survived', 2), mutant('NoCoverage', 3)] },
    'libs/a.ts': { mutants: [mutant('Timeout', 4), mutant('Ignored', 5), mutant('CompileError', 6)] },
  },
};

describe('the score', () => {
  it('counts what a test could notice, and a run that never ends as noticed', () => {
    expect(scoreOf(REPORT)).toEqual({
      killed: 2,
      valid: 4,
      score: 50,
      files: [
        { file: 'libs/a.ts', killed: 1, valid: 1, score: 100 },
        { file: 'libs/b.ts', killed: 1, valid: 3, score: 100 / 3 },
      ],
    });
    expect(scoreOf({ files: {} })).toMatchObject({ valid: 0, score: 100 });
  });

  it('names the place of each that nobody noticed', () => {
    expect(survivorsOf(REPORT)).toEqual([
      'libs/b.ts:2:3 Survived StringLiteral: ""',
      'libs/b.ts:3:3 NoCoverage StringLiteral: ""',
    ]);
  });

  it('stands on the page, by group and by file', () => {
    const page = toMarkdown([{ name: 'money', ...scoreOf(REPORT) }], 90);
    expect(page).toContain('| money | 4 | 2 | 50.0 % |');
    expect(page).toContain('| `libs/b.ts` | 3 | 2 | 33.3 % |');
  });
});

/** The patterns of the groups need no more than one pair of braces and stars within a name. */
const expanded = (pattern: string): string[] => {
  const [, before = '', names, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(pattern) ?? [];
  return names === undefined ? [pattern] : names.split(',').map((name) => `${before}${name}${after}`);
};
const filesOf = (pattern: string): string[] => {
  const [folder, name] = [pattern.slice(0, pattern.lastIndexOf('/')), pattern.slice(pattern.lastIndexOf('/') + 1)];
  const shape = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  return readdirSync(join(ROOT, folder)).filter((file) => shape.test(file));
};

describe.each(Object.entries(GROUPS))('the group %s', (_name, { mutate, tests }) => {
  it('names files that exist', () => {
    for (const pattern of [...mutate, ...tests].flatMap(expanded)) expect(filesOf(pattern), pattern).not.toEqual([]);
  });
});
