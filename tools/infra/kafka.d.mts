export interface KafkaPrograms {
  readonly java: string;
  /** Before a program's own arguments. */
  readonly args: readonly string[];
}

type Log = (line: string) => void;

export function ensureKafkaPrograms(log: Log): Promise<KafkaPrograms>;

export function formatStorage(
  programs: KafkaPrograms,
  storage: { clusterId: string; configuration: string; folder: string; scram?: readonly string[] },
  log: Log,
): Promise<void>;

export function newClusterId(): string;

export function brokerProperties(
  ports: { port: number; controllerPort: number; advertisedPort?: number },
  folder: string,
): string;
