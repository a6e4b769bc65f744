type Environment = Readonly<Record<string, string | undefined>>;
type App = 'payment' | 'invoice' | 'signal';

export function appOf(args: readonly string[]): App;

export function opsEnvironment(
  parent: Environment,
  infra: { postgresAdminUrl?: string; redisUrl?: string; kafkaBrokers?: string } | null,
  service?: App,
  running?: Readonly<Partial<Record<App, string>>> | null,
): Environment | null;
