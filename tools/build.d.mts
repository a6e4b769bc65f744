export function build(options?: {
  force?: boolean;
  log?: (line: string) => void;
}): Promise<{ skipped: boolean; built: string[] }>;
