import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { localPath } from './infra/paths.mjs';

const LONGEST = 300;

export const reportFile = () => localPath('test', 'results.json');

/** What came of the last run of everything: of use to whoever releases. */
export const suiteFile = () => localPath('test', 'suite.json');

const firstLine = (error) =>
  stripVTControlCharacters(error?.message || 'failed')
    .trim()
    .split('\n', 1)[0]
    .slice(0, LONGEST);

/**
 * `{passed, failures}` of a run of vitest. A failure is one line that says where it was and what was wrong: a test, a
 * file or group that could not be prepared, or an error outside any test, such as a rejection that nobody handled.
 */
export function summarize(testModules, unhandledErrors) {
  let passed = 0;
  const failures = [];
  for (const testModule of testModules) {
    const { children, relativeModuleId: file } = testModule;
    passed += [...children.allTests('passed')].length;
    for (const part of [testModule, ...children.allSuites()])
      for (const error of part.errors()) failures.push([file, part.fullName, firstLine(error)]);
    for (const test of children.allTests('failed')) {
      failures.push([file, test.fullName, firstLine(test.result().errors?.[0])]);
    }
  }
  for (const error of unhandledErrors) failures.push([error.VITEST_TEST_PATH, 'outside any test', firstLine(error)]);
  return { passed, failures: failures.map((parts) => parts.filter(Boolean).join(': ')) };
}

/**
 * What came of a program that leaves a summary. One that ended badly, or left none, has failed whatever else it says:
 * then what it printed tells why.
 */
export function withExit(summary, code, program) {
  if (summary === null) return { passed: 0, failures: [`${program} ended without a report`] };
  const isUnsaid = code !== 0 && summary.failures.length === 0;
  return isUnsaid ? { ...summary, failures: [`${program} failed: printed above`] } : summary;
}

/** A reporter of vitest that leaves the summary for the end of `npm test`. */
export default class TestReport {
  onTestRunEnd(testModules, unhandledErrors) {
    writeFileSync(reportFile(), JSON.stringify(summarize(testModules, unhandledErrors)));
  }
}
