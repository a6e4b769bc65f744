type Environment = Readonly<Record<string, string | undefined>>;

export function opsEnvironment(
  parent: Environment,
  infra: { postgresAdminUrl?: string; redisUrl?: string; kafkaBrokers?: string } | null,
): Environment | null;
