import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '@nx/config';
import type { ServiceName } from '@nx/contracts';
import { createApp } from '@nx/http';
import { Metrics } from '@nx/observability';
import {
  privateRedis,
  sharedIdentity,
  testDatabase,
  testEnvironment,
  testInfra,
  uniquePrefix,
  type PrivateRedis,
  type TestDatabase,
} from '@nx/testing';
import { DOCUMENTED } from '../../tools/generate/services';
import type { KnownSeries } from './promql-names';

const SECRETS: Readonly<Record<ServiceName, Readonly<Record<string, string>>>> = {
  payment: { APP_ENV_APPLICATION_SECRET: 'a-secret-of-the-tests-with-more-than-32-characters' },
  invoice: {
    APP_ENV_INVOICE_CREDENTIALS_KEY: 'ab'.repeat(32),
    APP_ENV_INVOICE_CLAIM_KEYS: 'c1:a-claim-key-that-is-long-enough',
    APP_ENV_SALE_URL: 'http://127.0.0.1:9',
    APP_ENV_SERVICE_TOKEN: 'none',
  },
  signal: {},
};

/** What prom-client keeps of a metric. */
interface Registered {
  readonly name: string;
  readonly type?: string;
  readonly labelNames?: readonly string[];
  readonly constructor: { readonly name: string };
}

/** Labels that the registry and the scrape add to every series. */
const EVERYWHERE = ['service', 'mode', 'instance', 'job'];

const seriesOf = ({ name, labelNames = [], constructor }: Registered): [string, ReadonlySet<string>][] => {
  const labels = new Set([...labelNames, ...EVERYWHERE]);
  if (constructor.name !== 'Histogram') return [[name, labels]];
  return [
    [`${name}_bucket`, new Set([...labels, 'le'])],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ];
};

/** All three services in this process, in the mode that does everything, over servers of the machine. */
export class RunningServices {
  private readonly apps = new Map<ServiceName, NestFastifyApplication>();
  private readonly databases: TestDatabase[] = [];

  private constructor(private readonly redis: PrivateRedis) {}

  static async start(): Promise<RunningServices> {
    const services = new RunningServices(await privateRedis());
    await Promise.all((Object.keys(DOCUMENTED) as ServiceName[]).map((service) => services.startOne(service)));
    return services;
  }

  /** The series that their registries show, with their labels. */
  series(): KnownSeries {
    const known = new Map<string, Set<string>>();
    for (const metrics of this.metrics()) {
      for (const metric of metrics.registry.getMetricsAsArray() as unknown as Registered[]) {
        for (const [name, labels] of seriesOf(metric))
          known.set(name, new Set([...(known.get(name) ?? []), ...labels]));
      }
    }
    return known;
  }

  metrics(): Metrics[] {
    return [...this.apps.values()].map((app) => app.get(Metrics));
  }

  /** A part of a running service. */
  part<T>(service: ServiceName, type: Type<T>): T {
    const app = this.apps.get(service);
    if (app === undefined) throw new Error(`${service} does not run`);
    return app.get(type);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.apps.values()].map((app) => app.close()));
    await Promise.all([this.redis.stop(), ...this.databases.map((database) => database.drop())]);
  }

  private async startOne(service: ServiceName): Promise<void> {
    const { options, config: type } = DOCUMENTED[service];
    const [infra, identity, database] = await Promise.all([testInfra(), sharedIdentity(), testDatabase({ service })]);
    this.databases.push(database);
    const environment = testEnvironment(service, {
      database,
      redisUrl: this.redis.url,
      kafkaBrokers: infra.kafkaBrokers,
      prefix: uniquePrefix(),
      jwksUrl: identity.url,
      extra: { APP_ENV_LOG_LEVEL: 'silent', ...SECRETS[service] },
    });
    const config = loadConfig(type, environment, { service });
    const app = await createApp({ ...options, config });
    this.apps.set(service, app);
    await app.init();
    await app.startAllMicroservices();
  }
}
