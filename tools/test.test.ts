import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startVitest, type SerializedError } from 'vitest/node';
import { difference } from './install.mjs';
import { summarize, withExit } from './test-report.mjs';
import { parseArguments } from './test.mjs';

describe('the arguments of npm test', () => {
  it('takes its own options out and hands the rest to vitest', () => {
    const options = parseArguments(['--only', 'unit', '--long', '--bail=1', 'libs/money']);
    expect(options).toMatchObject({ only: 'unit', long: true, static: false, vitest: ['--bail=1', 'libs/money'] });
  });

  it('leaves the static checks out when files are named, and keeps them for bare options', () => {
    expect(parseArguments([]).static).toBe(true);
    expect(parseArguments(['--bail=1']).static).toBe(true);
    expect(parseArguments(['libs/money']).static).toBe(false);
  });

  it('refuses an unknown part', () => {
    expect(() => parseArguments(['--only=everything'])).toThrow('usage');
  });
});

describe('the report at the end', () => {
  it('names what failed, and what went wrong outside of any test', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nx-report-'));
    const testOf = (body: string): string => `import { beforeAll, describe, expect, it } from 'vitest';\n${body}`;
    const files = {
      'good.test.mjs': `it('holds', () => {}); it.skip('is left out', () => {});`,
      'bad.test.mjs': `describe('sums', () => { it('are right', () => expect(1).toBe(2)); it('hold', () => {}); });`,
      'unprepared.test.mjs': `describe('a group', () => { beforeAll(() => { throw new Error('no server') }); it('runs', () => {}); });`,
      'broken.test.mjs': `import './missing.mjs';`,
      'late.test.mjs': `it('ends too early', () => void Promise.reject(new Error('left behind')));`,
    };
    for (const [name, body] of Object.entries(files)) await writeFile(join(folder, name), testOf(body));
    const run = await startVitest('test', [], { root: folder, config: false, reporters: [{}], run: true });
    const { passed, failures } = summarize(
      run.state.getTestModules(),
      run.state.getUnhandledErrors() as SerializedError[],
    );
    await run.close();
    process.exitCode = 0;
    expect(passed).toBe(3);
    expect(failures.toSorted()).toEqual([
      expect.stringMatching(/late\.test\.mjs: outside any test: left behind$/),
      'bad.test.mjs: sums > are right: expected 1 to be 2 // Object.is equality',
      expect.stringMatching(/^broken\.test\.mjs: Cannot find module/),
      'unprepared.test.mjs: a group: no server',
    ]);
    await rm(folder, { recursive: true });
  });

  it('does not call a run good that ended badly, or whose report is missing', () => {
    const good = { passed: 2, failures: [] };
    expect(withExit(good, 0, 'vitest')).toEqual(good);
    expect(withExit(good, 1, 'vitest')).toEqual({ passed: 2, failures: ['vitest failed: printed above'] });
    expect(withExit(good, null, 'vitest').failures).toHaveLength(1);
    expect(withExit(null, 1, 'vitest')).toEqual({ passed: 0, failures: ['vitest ended without a report'] });
    const bad = { passed: 1, failures: ['a test: it failed'] };
    expect(withExit(bad, 1, 'vitest')).toEqual(bad);
  });
});

describe('the need to install', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '2.0.0', optional: true },
    },
  };

  it('is none when all is there but what belongs to other platforms', () => {
    expect(difference(lock, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toBeNull();
  });

  it('names the first package that lacks or differs', () => {
    expect(difference(lock, { packages: {} })).toBe('a 1.0.0 is not installed');
    const other = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.9.0' } };
    expect(difference(lock, { packages: other })).toBe('b is 1.9.0, the lock file wants 2.0.0');
  });
});
