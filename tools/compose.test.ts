import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { SERVICES } from './environment.mjs';
import { makeComposeSecrets } from './compose/secrets.mjs';

interface ComposeService {
  image: string;
  build?: { target: string };
  ports?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  command?: string[];
  environment?: Record<string, string | number>;
  labels?: Record<string, string>;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  depends_on?: Record<string, { condition: string }>;
}

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const text = read('docker-compose.yml');
const { version } = JSON.parse(read('package.json')) as { version: string };
const file = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
const services = Object.entries(file.services);
const ours = services.filter(([, service]) => service.build !== undefined);

/** What docker-compose 1.29 knows of a service, as far as it is used here. */
const KEYS = new Set(
  'build cap_drop command depends_on entrypoint environment healthcheck image labels ports read_only restart security_opt shm_size stop_grace_period tmpfs volumes working_dir'.split(
    ' ',
  ),
);

describe('docker-compose.yml', () => {
  it('is the split of production with everything around it', () => {
    expect(Object.keys(file.services)).toEqual(
      expect.arrayContaining([
        ...['postgres', 'redis', 'kafka', 'connect', 'traefik', 'sandbox', 'prometheus', 'alertmanager', 'grafana'],
        ...['payment-migrate', 'invoice-migrate', 'signal-migrate', 'payment-api', 'payment-worker'],
        ...['invoice-api', 'invoice-worker', 'signal-1', 'signal-2'],
      ]),
    );
  });

  it('uses nothing that docker-compose 1.29 does not know', () => {
    expect(Object.keys(file).filter((key) => !key.startsWith('x-'))).toEqual(['services', 'volumes']);
    for (const [, service] of services) expect(Object.keys(service).filter((key) => !KEYS.has(key))).toEqual([]);
  });

  it.each(services)('%s: replaceable pinned image, ports of loopback only, each replaceable', (name, service) => {
    const variable = (service.build?.target ?? name).toUpperCase();
    expect(service.image).toMatch(new RegExp(`^\\$\\{NX_${variable}_IMAGE:-[^:]+:(?!latest)[^:}]+\\}$`));
    if (service.build) expect(service.image).toContain(`:${version}}`);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\$\{NX_\w+_PORT:-\d+\}:\d+$/);
  });

  it.each(['postgres', 'redis', 'kafka', 'connect', 'traefik'])('waits for %s by a health check', (name) => {
    expect(file.services[name]?.healthcheck?.test?.length).toBeGreaterThan(1);
  });

  it('sets what the services rely on', () => {
    expect(file.services['postgres']?.command).toContain('wal_level=logical');
    expect(file.services['redis']?.command?.join(' ')).toContain('--maxmemory-policy noeviction');
    expect(file.services['kafka']?.environment?.['KAFKA_AUTO_CREATE_TOPICS_ENABLE']).toBe('false');
  });

  it('requires exactly the secrets that are made for a first try, each with the remedy', () => {
    const required = [...text.matchAll(/\$\{(\w+):\?([^}]*)\}/g)];
    expect(new Set(required.map(([, name]) => name))).toEqual(new Set(Object.keys(makeComposeSecrets())));
    for (const [, , sentence] of required) expect(sentence).toContain('npm run compose -- secrets');
    expect(text).not.toMatch(/(PASSWORD|SECRET|_KEYS): *[A-Za-z0-9]/);
  });

  it.each(ours)('%s can change nothing but its own', (_name, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });
});

describe('services under compose', () => {
  const modes = ours.flatMap(([name, { environment, healthcheck, depends_on: after }]) => {
    const mode = environment?.['RUN_MODE'];
    return typeof mode === 'string' ? [{ name, mode, environment, healthcheck, after }] : [];
  });

  it.each(modes)('$name has the node ids of the registry and is asked where it answers', (one) => {
    const service = one.name.replace(/-.*/, '') as keyof typeof SERVICES;
    const { nodeIds, basePath } = SERVICES[service] as { nodeIds: Record<string, string>; basePath: string };
    expect(one.environment?.['APP_ENV_NODE_ID']).toBe(nodeIds[one.mode]);
    if (one.mode === 'migrate') expect(one.healthcheck?.disable).toBe(true);
    else {
      expect(one.healthcheck?.test?.at(-1)).toBe(`http://127.0.0.1:3000${basePath}/readyz`);
      expect(one.after?.[`${service}-migrate`]?.condition).toBe('service_completed_successfully');
    }
  });

  it('are those that Prometheus asks', () => {
    const { scrape_configs: jobs } = parse(read('observability/prometheus.yml')) as {
      scrape_configs: { dns_sd_configs: { names: string[] }[] }[];
    };
    const asked = jobs.flatMap((job) => job.dns_sd_configs.flatMap(({ names }) => names));
    expect(asked.sort()).toEqual(
      modes
        .filter(({ mode }) => mode !== 'migrate')
        .map(({ name }) => name)
        .sort(),
    );
  });
});

describe('routes under compose', () => {
  const labels = Object.assign({}, ...services.map(([, { labels: own }]) => own ?? {})) as Record<string, string>;
  const flat = (rule: string): string => rule.replaceAll(/\s+/g, ' ').replaceAll('$$', '$').trim();
  const routers = ['payment', 'payment-ipn', 'invoice', 'signal', 'signal-stream'].map((name) => {
    const label = (key: string): string => labels[`traefik.http.routers.${name}.${key}`] ?? '';
    return { rule: flat(label('rule')), priority: Number(label('priority')), middlewares: label('middlewares') };
  });

  it('are those of Kubernetes', () => {
    type Route = { match: string; priority: number; middlewares?: { name: string }[] };
    const routes = ['payment', 'invoice', 'signal'].flatMap((name) =>
      parseAllDocuments(read(`k8s/base/routes/${name}.yaml`)).flatMap(
        (document) => (document.toJS() as { spec: { routes: Route[] } }).spec.routes,
      ),
    );
    const expected = routes.map(({ match, priority, middlewares = [] }) => {
      return { rule: flat(match), priority, middlewares: middlewares.map(({ name }) => name).join() };
    });
    const byRule = (left: { rule: string }, right: { rule: string }): number => (left.rule < right.rule ? -1 : 1);
    expect(routers.sort(byRule)).toEqual(expected.sort(byRule));
    expect(routers.find(({ rule }) => rule.includes('/stream'))?.middlewares).toBe('');
  });

  it('have the limits of Kubernetes', () => {
    const kinds = parseAllDocuments(read('k8s/base/routes/middlewares.yaml')).map(
      (document) => document.toJS() as { metadata: { name: string }; spec: Record<string, Record<string, unknown>> },
    );
    const spec = (name: string) => kinds.find(({ metadata }) => metadata.name === name)?.spec;
    const of = (label: string): string | undefined => labels[`traefik.http.middlewares.${label}`];
    expect(of('rate-limit.ratelimit.average')).toBe(String(spec('rate-limit')?.['rateLimit']?.['average']));
    expect(of('rate-limit.ratelimit.burst')).toBe(String(spec('rate-limit')?.['rateLimit']?.['burst']));
    expect(of('breaker.circuitbreaker.expression')).toBe(spec('breaker')?.['circuitBreaker']?.['expression']);
    for (const [key, value] of Object.entries(spec('security-headers')?.['headers'] ?? {}))
      expect(of(`security-headers.headers.${key}`)).toBe(String(value));
  });
});
