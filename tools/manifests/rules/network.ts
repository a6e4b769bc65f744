import { labelsAt, listAt, numberAt, selects, textAt, type Complaint, type ManifestObject } from '../objects';
import type { Rule, StageManifests, Workload } from '../stage';

type Labels = Readonly<Record<string, string>>;
const NAMESPACE = 'kubernetes.io/metadata.name';
const OWN = 'payment';

/** `<namespace>/<app>:<port>`, as a policy allows it. */
function targetsOf(rule: unknown, stage: StageManifests): readonly string[] {
  return listAt(rule, 'to').flatMap((peer) => {
    const namespace = labelsAt(peer, 'namespaceSelector.matchLabels')[NAMESPACE] ?? OWN;
    const labels = labelsAt(peer, 'podSelector.matchLabels');
    const apps = namespace === OWN ? servicesOf(stage, labels) : [labels['app'] ?? labels['k8s-app'] ?? '*'];
    return apps.flatMap((app) =>
      listAt(rule, 'ports').map((port) => `${namespace}/${app}:${numberAt(port, 'port') ?? '*'}`),
    );
  });
}

const servicesOf = (stage: StageManifests, labels: Labels): readonly string[] =>
  stage
    .of('Service')
    .filter(({ body }) => selects(labels, labelsAt(body, 'spec.selector')))
    .map(({ metadata }) => metadata.name);

/** Where a process connects to, read from its settings: host names of the cluster are `<app>.<namespace>.svc…`. */
function neededBy({ variables: given }: Workload): readonly string[] {
  const mode = given['RUN_MODE'];
  const target = (address: string, port: string): string => {
    const [, app = '', namespace = '', own = port] =
      /^(?:https?:\/\/)?([a-z0-9-]+)\.([a-z0-9-]+)\.svc[a-z.]*(?::(\d+))?/.exec(address) ?? [];
    return `${namespace}/${app}:${own}`;
  };
  const served = mode !== 'migrate';
  return [
    target(given['APP_ENV_POSTGRES_HOST'] ?? '', given['APP_ENV_POSTGRES_PORT'] ?? '5432'),
    ...(given['APP_ENV_KAFKA_BROKERS'] ?? '')
      .split(',')
      .filter(Boolean)
      .map((broker) => target(broker, '9092')),
    ...(served ? [target(given['APP_ENV_REDIS_HOST'] ?? '', given['APP_ENV_REDIS_PORT'] ?? '6379')] : []),
    ...(served ? [target(given['APP_ENV_JWKS_URL'] ?? '', '80')] : []),
    ...(served && given['APP_ENV_SALE_URL'] ? [target(given['APP_ENV_SALE_URL'], '80')] : []),
    ...(given['APP_ENV_ROOM_RESOLVERS'] ?? '')
      .split(',')
      .filter((entry) => served && entry)
      .map((entry) => target(entry.slice(entry.indexOf('=') + 1), '80')),
    ...(given['APP_ENV_OTLP_ENDPOINT'] ? [target(given['APP_ENV_OTLP_ENDPOINT'], '4318')] : []),
  ];
}

const policiesFor = (stage: StageManifests, labels: Labels, direction: string): readonly ManifestObject[] =>
  stage
    .of('NetworkPolicy')
    .filter(
      ({ body }) =>
        selects(labelsAt(body, 'spec.podSelector.matchLabels'), labels) &&
        listAt(body, 'spec.policyTypes').includes(direction),
    );

const DNS = 'kube-system/kube-dns:53';

/** A pod reaches exactly what its settings name, and names. */
export const egress: Rule = (stage) =>
  stage.workloads().flatMap((workload) => {
    const allowed = new Set(
      policiesFor(stage, workload.labels, 'Egress').flatMap(({ body }) =>
        listAt(body, 'spec.egress').flatMap((rule) => targetsOf(rule, stage)),
      ),
    );
    const needed = new Set([DNS, ...neededBy(workload)]);
    return [
      ...[...needed]
        .filter((target) => !allowed.has(target))
        .map((target) =>
          stage.complain(
            'egress',
            workload.object,
            target,
            'is needed and not allowed',
            'label the pod with connects-to-…, or add a NetworkPolicy',
          ),
        ),
      ...[...allowed]
        .filter((target) => !needed.has(target))
        .map((target) =>
          stage.complain(
            'egress',
            workload.object,
            target,
            'is allowed and no setting names it',
            'take the label connects-to-… away',
          ),
        ),
    ];
  });

/** Everything that is not allowed is forbidden, in both directions. */
export const defaultDeny: Rule = (stage) => {
  const found = stage
    .of('NetworkPolicy')
    .some(
      ({ body }) =>
        Object.keys(labelsAt(body, 'spec.podSelector.matchLabels')).length === 0 &&
        ['Ingress', 'Egress'].every((type) => listAt(body, 'spec.policyTypes').includes(type)) &&
        listAt(body, 'spec.ingress').length === 0 &&
        listAt(body, 'spec.egress').length === 0,
    );
  const [namespace] = stage.of('Namespace');
  if (found || namespace === undefined) return [];
  return [
    stage.complain(
      'default deny',
      namespace,
      'NetworkPolicy',
      'leaves open what no policy names',
      'add one for all pods and both directions without rules',
    ),
  ];
};

/** Who may call a workload, by the namespace or the app of the caller and the port. */
const callersOf = (stage: StageManifests, labels: Labels): readonly string[] =>
  policiesFor(stage, labels, 'Ingress').flatMap(({ body }) =>
    listAt(body, 'spec.ingress').flatMap((rule) =>
      listAt(rule, 'from').flatMap((peer) => {
        const namespace = labelsAt(peer, 'namespaceSelector.matchLabels')[NAMESPACE];
        const app = labelsAt(peer, 'podSelector.matchLabels')['app'];
        return listAt(rule, 'ports').map((port) => `${namespace ?? app ?? '*'}:${numberAt(port, 'port') ?? '*'}`);
      }),
    ),
  );

/** A pod is reached by the gateway where a route leads to it, by monitoring, and by who names it in his settings. */
export const ingress: Rule = (stage) => {
  const routed = new Set(
    stage
      .of('IngressRoute')
      .flatMap(({ body }) => listAt(body, 'spec.routes'))
      .flatMap((route) => listAt(route, 'services'))
      .map((service) => textAt(service, 'name') ?? ''),
  );
  return stage.workloads().flatMap((workload): readonly Complaint[] => {
    if (workload.object.kind !== 'Deployment') return [];
    const needed = new Set(['monitoring:9464']);
    if (routed.has(workload.name)) needed.add('traefik:3000');
    for (const caller of stage.workloads())
      if (neededBy(caller).includes(`${OWN}/${workload.name}:3000`)) needed.add(`${caller.labels['app'] ?? ''}:3000`);
    const allowed = new Set(callersOf(stage, workload.labels));
    return [
      ...[...needed]
        .filter((caller) => !allowed.has(caller))
        .map((caller) =>
          stage.complain('ingress', workload.object, caller, 'calls it and is not allowed', 'add a NetworkPolicy'),
        ),
      ...[...allowed]
        .filter((caller) => !needed.has(caller))
        .map((caller) =>
          stage.complain(
            'ingress',
            workload.object,
            caller,
            'is allowed and does not call it',
            'take the NetworkPolicy away',
          ),
        ),
    ];
  });
};

/** A drill opens a backup that is full of due calls and webhooks: nobody outside may hear of it. */
export const silence: Rule = (stage) =>
  stage.stage !== 'dr-drill'
    ? []
    : stage
        .of('CiliumNetworkPolicy')
        .map((object) => stage.complain('silence', object, 'spec.egress', 'leads outside', 'take it out of dr-drill'));

/** Webhooks to anyone leave from the workers of payment; nothing else reaches a place that has no name. */
export const outside: Rule = (stage) =>
  stage.of('CiliumNetworkPolicy').flatMap((object) => {
    const selector = labelsAt(object.body, 'spec.endpointSelector.matchLabels');
    const open = listAt(object.body, 'spec.egress').filter((rule) => listAt(rule, 'toCIDRSet').length > 0);
    const chosen = stage.workloads().filter(({ labels }) => selects(selector, labels));
    const complaints: Complaint[] =
      chosen.length > 0
        ? []
        : [stage.complain('outside', object, 'spec.endpointSelector', 'selects no pod', 'take a label that a pod has')];
    if (open.length === 0) return complaints;
    const wrong = chosen.find(({ name }) => name !== 'payment-worker');
    if (wrong)
      complaints.push(
        stage.complain(
          'outside',
          object,
          'spec.endpointSelector',
          `lets ${wrong.name} reach any address`,
          'only payment-worker sends webhooks',
        ),
      );
    const excepted = open.flatMap((rule) => listAt(rule, 'toCIDRSet')).flatMap((entry) => listAt(entry, 'except'));
    const lacking = [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '169.254.0.0/16',
      '100.64.0.0/10',
      '127.0.0.0/8',
    ].find((net) => !excepted.includes(net));
    if (lacking !== undefined)
      complaints.push(
        stage.complain('outside', object, 'spec.egress.toCIDRSet.except', `lets webhooks into ${lacking}`, 'except it'),
      );
    return complaints;
  });
