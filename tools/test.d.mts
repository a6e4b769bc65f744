export interface TestOptions {
  only: 'all' | 'static' | 'unit' | 'e2e';
  long: boolean;
  static: boolean;
  vitest: string[];
}

export interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

export function parseArguments(args: string[]): TestOptions;
export function countTests(report: TestReport | null, exitCode: number | null): { passed: number; failed: number };
