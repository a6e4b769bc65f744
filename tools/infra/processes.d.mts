/** A process that is not mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

export function startStamp(pid: number): string | null;
export function identify(pid: number): ProcessIdentity;
export function isAlive(identity: ProcessIdentity): boolean;
export function signalProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  options?: { group?: boolean },
): boolean;
export function waitForExit(identity: ProcessIdentity, timeoutMs: number): Promise<boolean>;
export function stopProcess(
  identity: ProcessIdentity,
  options?: { signal?: NodeJS.Signals; graceMs?: number; group?: boolean },
): Promise<void>;
