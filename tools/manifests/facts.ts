import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describeSettings, type PlatformConfig, type SettingDescription } from '@nx/config';
import { SERVICES, type ServiceName, type ServiceRegistration } from '@nx/contracts';
import { InvoiceConfig } from '../../apps/invoice/src/invoice.config';
import { PaymentConfig } from '../../apps/payment/src/payment.config';
import { SignalConfig } from '../../apps/signal/src/signal.config';
import { ROOT } from '../infra/paths.mjs';

/** What the code says of a service, for manifests to agree with. */
export interface ServiceFacts {
  readonly registration: ServiceRegistration;
  readonly config: new () => PlatformConfig;
  readonly settings: readonly SettingDescription[];
  /** Public paths of its OpenAPI document. */
  readonly paths: readonly string[];
}

/** The release that this tree is: its images carry it. */
export const RELEASE: string = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string })
  .version;

const CONFIGS: Readonly<Record<ServiceName, new () => PlatformConfig>> = {
  payment: PaymentConfig,
  invoice: InvoiceConfig,
  signal: SignalConfig,
};

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

function pathsOf(service: ServiceName): string[] {
  const document = JSON.parse(read('docs', 'generated', 'openapi', `${service}.json`)) as { paths: object };
  return Object.keys(document.paths);
}

const factsOf = (service: ServiceName): ServiceFacts => {
  const config = CONFIGS[service];
  return { registration: SERVICES[service], config, settings: describeSettings(config), paths: pathsOf(service) };
};

export const FACTS: Readonly<Record<ServiceName, ServiceFacts>> = {
  payment: factsOf('payment'),
  invoice: factsOf('invoice'),
  signal: factsOf('signal'),
};

/** Names that are read before the configuration classes are. */
export const MODE_NAMES: ReadonlySet<string> = new Set(['RUN_MODE', 'APP_ENV_MQ_PAY_MODE']);

function readHealthPaths(): ReadonlySet<string> {
  const source = read('libs', 'http', 'src', 'health.controller.ts');
  const lists = [...source.matchAll(/@Get\(\[([^\]]+)\]\)/g)].flatMap(([, list = '']) => list.split(','));
  return new Set(lists.map((text) => text.trim().replaceAll("'", '')));
}

function readMetrics(): ReadonlySet<string> {
  const text = ['apps', 'libs']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
    )
    .join('\n');
  const named = [...text.matchAll(/\.(gauge|counter|histogram)\(\s*'([a-z_:0-9]+)'/g)];
  return new Set(
    named.flatMap(([, type = '', name = '']) =>
      type === 'histogram' ? [`${name}_count`, `${name}_sum`, `${name}_bucket`] : [name],
    ),
  );
}

/** Files of alert rules, by their names without the ending. */
export const RULE_FILES: readonly string[] = readdirSync(join(ROOT, 'observability', 'rules'))
  .filter((name) => name.endsWith('.yml'))
  .map((name) => name.slice(0, -'.yml'.length));

function readDatabaseConnections(): number {
  const patroni = parse(read('k8s', 'data', 'patroni.yaml')) as {
    bootstrap: { dcs: { postgresql: { parameters: { max_connections: number } } } };
  };
  return patroni.bootstrap.dcs.postgresql.parameters.max_connections;
}

/** What the database's server takes; a managed one has to take as many, or the pools have to be smaller. */
export const DATABASE_CONNECTIONS = readDatabaseConnections();

/** Paths below the base path that every process of every mode answers: those of the health controller. */
export const HEALTH_PATHS = readHealthPaths();

/** Names of the metrics that the services export, histograms with their series. */
export const EXPORTED_METRICS = readMetrics();
