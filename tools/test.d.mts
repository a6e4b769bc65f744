export interface TestOptions {
  only: 'all' | 'static' | 'unit' | 'e2e';
  long: boolean;
  static: boolean;
  vitest: string[];
}

export function parseArguments(args: string[]): TestOptions;
