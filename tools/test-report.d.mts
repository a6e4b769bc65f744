import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export interface Summary {
  passed: number;
  failures: string[];
}

export function reportFile(): string;
export function summarize(testModules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Summary;
export function withExit(summary: Summary | null, code: number | null, program: string): Summary;
export default class TestReport implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void;
}
