export type ServiceKey = 'payment' | 'invoice' | 'signal';
export type Mode = 'full' | 'api' | 'worker' | 'migrate';

export interface InfraAddresses {
  readonly postgresAdminUrl: string;
  readonly redisUrl: string;
  readonly kafkaBrokers: string;
}

/** Root URLs, without base path. */
export interface Endpoints {
  readonly payment: string;
  readonly invoice: string;
  readonly signal: string;
  readonly sandbox: string;
}

export interface Secrets {
  readonly applicationSecretKeys: string;
  readonly invoiceCredentialsKeys: string;
  readonly invoiceClaimKeys: string;
  readonly webhookSecret: string;
  readonly webhookInternalSecret: string;
}

export interface ServiceEnvironmentOptions {
  runtimeUrl: string;
  ownerUrl: string;
  secrets: Secrets;
  port?: number;
  metricsPort?: number;
  serviceToken?: string;
  topicPrefix?: string;
  queuePrefix?: string;
  overrides?: Readonly<Record<string, string | undefined>>;
}

export interface SandboxEnvironmentOptions {
  port: number;
  postgresUrl?: string;
  topicPrefix?: string;
  seed?: string;
  truthFile?: string;
  overrides?: Readonly<Record<string, string | undefined>>;
}

export interface ServiceFacts {
  readonly code: string;
  readonly port: number;
  readonly basePath: string;
  readonly nodeIds: Readonly<Partial<Record<Mode, string>>>;
}

export const SERVICES: Readonly<Record<ServiceKey, ServiceFacts>>;
export const SANDBOX_PORT: number;
export function baseEnvironment(parent?: Record<string, string | undefined>): Record<string, string>;
export function serviceEnvironment(
  service: ServiceKey,
  mode: Mode,
  infra: InfraAddresses,
  endpoints: Endpoints,
  options: ServiceEnvironmentOptions,
): Record<string, string>;
export function sandboxEnvironment(
  infra: InfraAddresses,
  endpoints: Endpoints,
  options: SandboxEnvironmentOptions,
): Record<string, string>;
