import { describe, expect, it } from 'vitest';
import { difference } from './install.mjs';
import { countTests, parseArguments } from './test.mjs';

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

describe('the count at the end', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  });

  it('counts a file that could not be loaded as one failure', () => {
    const report = {
      numPassedTests: 2,
      numFailedTests: 1,
      testResults: [file('passed', 'passed', 'passed'), file('failed', 'failed'), file('failed')],
    };
    expect(countTests(report, 1)).toEqual({ passed: 2, failed: 2 });
  });

  it('does not call a run good that ended badly, or whose report is missing', () => {
    const report = { numPassedTests: 2, numFailedTests: 0, testResults: [file('passed', 'passed', 'passed')] };
    expect(countTests(report, 0)).toEqual({ passed: 2, failed: 0 });
    expect(countTests(report, 1)).toEqual({ passed: 2, failed: 1 });
    expect(countTests(null, 1)).toEqual({ passed: 0, failed: 1 });
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
