import type { ExitStatus } from './children.mjs';
import type { Endpoints, InfraAddresses, Secrets, ServiceKey } from './environment.mjs';

type Variables = Readonly<Record<string, string | undefined>>;

/** One process to start. `overrides` are variables of this process alone; undefined removes one. */
export interface ProcessPlan {
  name: string;
  service: ServiceKey;
  mode: 'full' | 'api' | 'worker';
  overrides?: Variables;
  /** Folder of the release that it runs; default: the system's. */
  release?: string;
}

export interface SystemOptions {
  infra: InfraAddresses;
  /** Made when it is missing; default `nx_seller`. */
  database?: string;
  /** `free` (default): any free ports; `registry`: those of the platform's registry, moving on when they are in use. */
  ports?: 'free' | 'registry';
  /** What stands in front of a service's replicas: others are told this root URL instead of the first process's. */
  fronts?: Partial<Pick<Endpoints, ServiceKey>>;
  /** Default `SPLIT_MODE`. */
  processes?: readonly ProcessPlan[];
  /** Default: fresh ones, which fit a fresh database. */
  secrets?: Secrets;
  topicPrefix?: string;
  queuePrefix?: string;
  /** Variables per service, or for `all` of them, migrations included. */
  overrides?: Partial<Record<ServiceKey | 'all', Variables>>;
  /** Folder in whose `dist` the services' bundles lie, migrations included; default: this repository. */
  release?: string;
  sandbox?: { seed?: string; truthFile?: string; overrides?: Variables };
  /** How a service is migrated, given the environment of that run; default: by a process of its own, one after the other. */
  migrate?: (service: ServiceKey, environment: Record<string, string>) => Promise<void>;
  logFolder?: string;
  log?: (line: string) => void;
  /** Ends the start between two of its steps; what was started is stopped. */
  signal?: AbortSignal;
}

export interface ServiceProcess {
  readonly name: string;
  readonly service: ServiceKey;
  readonly mode: string;
  readonly port: number;
  /** Root of its port. */
  readonly url: string;
  /** Root plus the service's base path. */
  readonly baseUrl: string;
  readonly metricsUrl: string;
  readonly logFile: string;
  readonly pid: number | undefined;
  /** Null while it runs. */
  readonly exitStatus: ExitStatus | null;
  /** Starts it (again), with further variables for this start alone; waits until it is ready unless `wait` is false. */
  start(options?: { wait?: boolean; timeoutMs?: number; variables?: Variables }): Promise<void>;
  untilReady(timeoutMs?: number): Promise<void>;
  ready(): Promise<boolean>;
  /** SIGTERM and a graceful end. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export interface System {
  readonly infra: InfraAddresses;
  readonly endpoints: Endpoints;
  readonly processes: readonly ServiceProcess[];
  process(name: string): ServiceProcess | undefined;
  /** A further process; it is not started, and ends with the system. */
  add(plan: ProcessPlan): Promise<ServiceProcess>;
  /** Connection URL of a role by its full name, such as `nx_payment`. */
  databaseUrl(role: string): string;
  /** What a process of the service is started with, ports left out: for commands beside it. */
  environment(service: ServiceKey, mode: 'api' | 'worker' | 'full' | 'migrate'): Record<string, string>;
  /** A token of the sandbox's identity for one of its personas. */
  token(persona: string): Promise<string>;
  describe(): object;
  stop(): Promise<void>;
}

export const SPLIT_MODE: readonly ProcessPlan[];
export function startSystem(options: SystemOptions): Promise<System>;
