import type { ProcessIdentity } from './processes.mjs';

export function withLock<T>(
  path: string,
  work: () => Promise<T> | T,
  options?: { timeoutMs?: number; onWait?: (holder: ProcessIdentity) => void },
): Promise<T>;
