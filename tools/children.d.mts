export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ChildHandle {
  readonly id: string;
  readonly pid: number | undefined;
  /** Null while it runs. */
  readonly exitStatus: ExitStatus | null;
  readonly exited: Promise<ExitStatus>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, after the grace time SIGKILL; resolves when it has ended. */
  stop(graceMs?: number): Promise<ExitStatus>;
}

export interface ChildCommand {
  command: string;
  args: readonly string[];
  env?: Record<string, string | undefined>;
  cwd?: string;
  logFile?: string;
  /** Another user, for programs that refuse to run as root. */
  uid?: number;
  gid?: number;
}

export interface Supervisor {
  readonly pid: number | undefined;
  start(id: string, command: ChildCommand): Promise<ChildHandle>;
  /** Ends all children, then the supervisor itself. */
  close(): Promise<void>;
}

export function openSupervisor(options?: { graceMs?: number }): Supervisor;
