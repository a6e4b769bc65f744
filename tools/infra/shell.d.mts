export interface CommandOptions {
  timeoutMs?: number;
  env?: Record<string, string | undefined>;
  cwd?: string;
}

export function findCommand(name: string, extraFolders?: readonly string[]): string | null;
export function run(
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<{ code: number; output: string }>;
export function runOrFail(command: string, args: readonly string[], options?: CommandOptions): Promise<string>;
