export function releaseVariables(): Promise<Record<string, string>>;
export function labelProblems(
  labels: Readonly<Record<string, string>>,
  release: Readonly<Record<string, string>>,
): readonly string[];
