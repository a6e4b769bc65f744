export function ensureStandardWebhooks(options?: {
  log?: (line: string) => void;
}): Promise<{ command: string; env: NodeJS.ProcessEnv }>;
