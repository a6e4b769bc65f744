/** Tiers of the libraries: a library imports lower tiers only; within L0 the pure ones may use each other. */
const L0 = ['money', 'snowflake', 'crypto', 'contracts', 'mq-pay', 'e-invoice', 'signal-client', 'fail-points'];
const L1 = ['config', 'tracing', 'observability'];
const L2 = ['persistence', 'messaging', 'queue', 'realtime', 'http'];
const L3 = ['reliable', 'authz', 'ops'];

const libs = (names) => `^libs/(${names.join('|')})/`;
const TESTS = '\\.(test|fixture)\\.ts$';
/** A foreign implementation of the stream's protocol. */
const FOREIGN = '/foreign-[^/]+\\.fixture\\.ts$';
const FRAMEWORKS =
  'node_modules/(@nestjs|typeorm|pg|ioredis|bullmq|kafkajs|fastify|@fastify|undici|pino|prom-client|passport[^/]*|@casl|rxjs|class-validator|class-transformer|reflect-metadata)/';

/** `from` of this tier, tests left out: they may use the testing library and what they like from node_modules. */
const product = (names) => ({ path: libs(names), pathNot: TESTS });

/** Another library's tier: the library's own folder is excluded by the captured group. */
const otherThan = (names) => ({ path: libs(names), pathNot: '^libs/$1/' });
const within = (names) => ({ path: `^libs/(${names.join('|')})/`, pathNot: TESTS });

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'A cycle at run time means that two files are one, or that a value belongs to a lower tier; types may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'l0-imports-l0-only',
      comment: 'The pure libraries know nothing above them.',
      severity: 'error',
      from: product(L0),
      to: { path: libs([...L1, ...L2, ...L3]) },
    },
    {
      name: 'l0-without-framework',
      comment: 'The pure libraries run without Nest, a database or an HTTP client.',
      severity: 'error',
      from: product(L0),
      to: { path: FRAMEWORKS },
    },
    {
      name: 'l1-imports-l0-only',
      severity: 'error',
      from: product(L1),
      to: { path: libs([...L2, ...L3]) },
    },
    {
      name: 'l1-siblings',
      comment:
        'Libraries of one tier do not know each other, above L0; only the settings that tracing and observability need come from config.',
      severity: 'error',
      from: within(['config']),
      to: otherThan(L1),
    },
    {
      name: 'tracing-is-loaded-first',
      comment:
        'What is traced has to be watched from the moment it is loaded: nothing that asks for http, pg, ioredis or kafkajs may come in before.',
      severity: 'error',
      from: product(['tracing']),
      to: { path: libs(['observability']) },
    },
    {
      name: 'main-loads-tracing-alone',
      comment: 'The rest of a service is imported by main.ts once tracing has begun.',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/main\\.ts$' },
      to: { path: libs([...L2, ...L3, 'observability']) },
    },
    {
      name: 'l2-imports-l0-and-l1-only',
      severity: 'error',
      from: product(L2),
      to: { path: libs(L3) },
    },
    { name: 'l2-siblings', severity: 'error', from: within(L2), to: otherThan(L2) },
    { name: 'l3-siblings', severity: 'error', from: within(L3), to: otherThan(L3) },
    {
      name: 'libraries-know-no-app',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|sandbox|test|console)/', pathNot: '^test/vectors/' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(apps|libs|sandbox)/', pathNot: `${TESTS}|^libs/testing/` },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'apps-meet-over-the-wire',
      comment: 'No app imports another app: they meet over Kafka, HTTP and the bus.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'sandbox-stands-alone',
      comment: 'It judges the services, so it shares no code with them.',
      severity: 'error',
      from: { path: '^sandbox/', pathNot: TESTS },
      to: { path: '^(apps|libs|tools|test)/' },
    },
    {
      name: 'foreign-stands-alone',
      comment:
        'Clients and emitters written from the protocol alone judge ours: they share no code with it, only the libraries that speak a wire.',
      severity: 'error',
      from: { path: FOREIGN },
      to: {
        pathNot: `${FOREIGN}|(^|/)node_modules/(@types/)?(ws|ioredis|socket\\.io-client)/`,
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'nobody-imports-the-sandbox',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '^sandbox/' },
    },
    {
      name: 'through-the-front-door',
      comment:
        "A library is used through its index, as '@nx/<library>'. Benchmarks sign with the certificate that the tests make.",
      severity: 'error',
      from: { path: '^(apps|test|sandbox|tools|console)/' },
      to: { path: '^libs/[^/]+/', pathNot: '^libs/[^/]+/src/index\\.ts$|\\.sql$|/certificates\\.fixture\\.ts$' },
    },
    {
      name: 'through-the-front-door-of-other-libraries',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/[^/]+/', pathNot: '^libs/$1/|^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'dev-dependencies-in-product',
      comment: 'What the services need at run time belongs to "dependencies".',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: `${TESTS}|^libs/testing/` },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.local)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.d.mts', '.js', '.mjs', '.cjs', '.json'],
    },
    cache: { folder: '.local/cache/dependency-cruiser', strategy: 'content' },
  },
};
