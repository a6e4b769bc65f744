import type { Supervisor } from '../children.mjs';

/** A server that may be stopped, killed and started again on its port; its data stay unless it keeps none (Redis). */
export interface PrivateServer {
  readonly name: string;
  readonly url: string;
  readonly logFile: string;
  /** Resolves when it serves. */
  start(): Promise<void>;
  /** Ends it as an administrator does; resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it by a signal of one's own; resolves when it has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface PrivateServers {
  readonly postgres: PrivateServer;
  readonly redis: PrivateServer;
  readonly kafka: PrivateServer;
}

export interface PrivateServerOptions {
  /** Its path must be open to other users: PostgreSQL refuses to run as root. */
  folder: string;
  logFolder: string;
  supervisor: Supervisor;
  /** `kafkaAdvertised`: where clients of Kafka are sent; default: the broker itself. */
  ports: { postgres: number; redis: number; kafka: number; kafkaController: number; kafkaAdvertised?: number };
  log?: (line: string) => void;
}

export function privateServers(options: PrivateServerOptions): Promise<PrivateServers>;
