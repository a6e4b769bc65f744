import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export interface Summary {
  passed: number;
  failures: string[];
}

export function reportFile(): string;
export function summarize(testModules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Summary;
export default class TestReport implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void;
}
