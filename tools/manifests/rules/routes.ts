import type { ServiceName } from '@nx/contracts';
import { FACTS } from '../facts';
import { at, listAt, numberAt, textAt, type Complaint, type ManifestObject } from '../objects';
import type { Rule, StageManifests } from '../stage';
import { matches, type Asked } from './route-match';

interface Route {
  readonly object: ManifestObject;
  readonly match: string;
  readonly priority: number;
  readonly service: string;
  readonly middlewares: readonly string[];
  readonly sticky: boolean;
}

const routesOf = (stage: StageManifests): readonly Route[] =>
  stage
    .of('IngressRoute')
    .flatMap((object) =>
      listAt(object.body, 'spec.routes').map((route) => ({
        object,
        match: textAt(route, 'match') ?? '',
        priority: numberAt(route, 'priority') ?? 0,
        service: textAt(route, 'services.0.name') ?? '',
        middlewares: listAt(route, 'middlewares').map((entry) => textAt(entry, 'name') ?? ''),
        sticky: at(route, 'services.0.sticky.cookie') !== undefined,
      })),
    )
    .toSorted((left, right) => right.priority - left.priority);

/** What routes lead to is there. */
export const routeTargets: Rule = (stage) =>
  stage.of('IngressRoute').flatMap((object) =>
    listAt(object.body, 'spec.routes').flatMap((route, index): readonly Complaint[] => {
      const complaints: Complaint[] = [];
      for (const service of listAt(route, 'services')) {
        const name = textAt(service, 'name') ?? '';
        const found = stage.find('Service', name);
        const port = textAt(service, 'port');
        if (!found || !listAt(found.body, 'spec.ports').some((entry) => textAt(entry, 'name') === port))
          complaints.push(
            stage.complain(
              'route targets',
              object,
              `spec.routes.${index}.services`,
              `${name}:${String(port)} does not exist`,
              'name a Service and its port',
            ),
          );
      }
      for (const middleware of listAt(route, 'middlewares')) {
        const name = textAt(middleware, 'name') ?? '';
        if (!stage.find('Middleware', name))
          complaints.push(
            stage.complain(
              'route targets',
              object,
              `spec.routes.${index}.middlewares`,
              `${name} does not exist`,
              'name a Middleware',
            ),
          );
      }
      return complaints;
    }),
  );

const PUBLIC = 'api.example.vn';
const USUAL = ['rate-limit', 'breaker', 'security-headers'];
const API: Readonly<Record<ServiceName, string>> = { payment: 'payment-api', invoice: 'invoice', signal: 'signal' };

interface Expectation {
  readonly asked: Asked;
  /** Undefined: no router answers. */
  readonly service: string | undefined;
  readonly middlewares: readonly string[];
  readonly sticky?: boolean;
}

const OPERATORS = /\/operations(?:\/|$)/;
const CALLBACK = /\/vnpay\/[a-z-]+\/ipn$/;

function expectationOf(service: ServiceName, path: string): Expectation {
  const asked = { host: PUBLIC, path: path.replaceAll(/\{\w+\}/g, 'x') };
  if (OPERATORS.test(path)) return { asked, service: undefined, middlewares: [] };
  if (service === 'payment' && CALLBACK.test(path))
    return { asked, service: 'payment-ipn', middlewares: ['rate-limit', 'security-headers'] };
  return { asked, service: API[service], middlewares: USUAL };
}

/** Every path of the OpenAPI documents, the probes, the stream, and the hosts that are not for the public. */
function expectations(): readonly Expectation[] {
  const documented = (Object.keys(FACTS) as ServiceName[]).flatMap((service) =>
    FACTS[service].paths.map((path) => expectationOf(service, path)),
  );
  const probes = (Object.keys(FACTS) as ServiceName[]).flatMap((service) =>
    ['healthz', 'readyz', 'doc'].map((path) =>
      expectationOf(service, `${FACTS[service].registration.basePath}/${path}`),
    ),
  );
  const closed = [
    '/internal/api/health',
    '/v1/api/payment/health/deep',
    '/v1/api/signal/health/deep',
    '/v1/api/health/deep',
    '/metrics',
  ];
  const operators = { host: 'operators.example.vn' };
  const guarded = ['operators-only', 'security-headers'];
  return [
    ...documented,
    ...probes,
    ...closed.map((path) => ({ asked: { host: PUBLIC, path }, service: undefined, middlewares: [] })),
    { asked: { host: PUBLIC, path: '/stream' }, service: 'signal', middlewares: [], sticky: true },
    {
      asked: { ...operators, path: '/v1/api/payment/operations/freezes' },
      service: 'payment-api',
      middlewares: guarded,
    },
    { asked: { ...operators, path: '/v1/api/operations/findings' }, service: 'invoice', middlewares: guarded },
    {
      asked: { ...operators, path: '/v1/api/signal/operations/dead-letters' },
      service: 'signal',
      middlewares: guarded,
    },
    {
      asked: { host: 'api.internal.example.vn', path: '/payment/transactions' },
      service: 'payment-api',
      middlewares: ['operators-only', 'payment-under-its-base-path', 'security-headers'],
    },
  ];
}

/** Each path of the services is answered by the right one through the right middlewares; operators' paths by none in public. */
export const routing: Rule = (stage) => {
  const routes = routesOf(stage);
  return expectations().flatMap(({ asked, service, middlewares, sticky }): readonly Complaint[] => {
    const found = routes.find(({ match }) => matches(match, asked));
    const said =
      found === undefined ? 'nobody' : `${found.service} through ${found.middlewares.join(', ') || 'nothing'}`;
    const right = service === undefined ? 'nobody' : `${service} through ${middlewares.join(', ') || 'nothing'}`;
    const object = found?.object ?? stage.of('IngressRoute')[0];
    if (object === undefined) return [];
    const where = `${asked.host}${asked.path}`;
    if (said !== right)
      return [stage.complain('routing', object, where, `is answered by ${said}`, `let it be ${right}`)];
    if (sticky === true && found?.sticky !== true)
      return [
        stage.complain(
          'routing',
          object,
          where,
          'is not sticky, so that polling changes pods',
          'give the service a sticky cookie',
        ),
      ];
    return [];
  });
};

const BREAKER = 'NetworkErrorRatio() > 0.3 || ResponseCodeRatio(500, 503, 0, 600) > 0.3';

/** The networks of operators are some, and none of them is a large part of the internet. */
function allowList(stage: StageManifests): readonly Complaint[] {
  const object = stage.find('Middleware', 'operators-only');
  if (object === undefined) return [];
  const field = 'spec.ipAllowList.sourceRange';
  const ranges = listAt(object.body, field).map(String);
  const least = (range: string): number => (range.includes(':') ? 32 : 8);
  const wide = ranges.find((range) => Number(/\/(\d+)$/.exec(range)?.[1] ?? Infinity) < least(range));
  const remedy = "name the operators' networks";
  if (ranges.length === 0) return [stage.complain('middlewares', object, field, 'lets everybody in', remedy)];
  return wide === undefined ? [] : [stage.complain('middlewares', object, field, `lets ${wide} in`, remedy)];
}

/** Numbers of the middlewares, and the rank of the routers: invoice's prefixes are the loosest, so it is asked last. */
export const middlewares: Rule = (stage) => {
  const wanted: readonly (readonly [string, string, unknown])[] = [
    ['rate-limit', 'spec.rateLimit.average', 200],
    ['rate-limit', 'spec.rateLimit.burst', 400],
    ['breaker', 'spec.circuitBreaker.expression', BREAKER],
    ['security-headers', 'spec.headers.stsSeconds', 31_536_000],
    ['security-headers', 'spec.headers.stsIncludeSubdomains', true],
    ['security-headers', 'spec.headers.contentTypeNosniff', true],
    ['security-headers', 'spec.headers.frameDeny', true],
    ['security-headers', 'spec.headers.referrerPolicy', 'no-referrer'],
    ['payment-under-its-base-path', 'spec.replacePathRegex.regex', '^/payment/(.*)'],
    ['payment-under-its-base-path', 'spec.replacePathRegex.replacement', '/v1/api/payment/$1'],
  ];
  const complaints: Complaint[] = wanted.flatMap(([name, path, value]) => {
    const object = stage.find('Middleware', name);
    if (object === undefined || at(object.body, path) === value) return [];
    return [
      stage.complain('middlewares', object, path, `is ${String(at(object.body, path))}`, `set it to ${String(value)}`),
    ];
  });
  complaints.push(...allowList(stage));
  const routes = routesOf(stage);
  const invoice = routes.find(({ object }) => object.metadata.name === 'invoice');
  const lowest = routes.at(-1);
  if (invoice && lowest && invoice !== lowest)
    complaints.push(
      stage.complain(
        'middlewares',
        invoice.object,
        'spec.routes.0.priority',
        `is above that of ${lowest.object.metadata.name}`,
        'give invoice the lowest',
      ),
    );
  return complaints;
};
