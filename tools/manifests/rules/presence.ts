import { SERVICES, type ServiceName } from '@nx/contracts';
import { labelsAt, listAt, selects, textAt, type Complaint } from '../objects';
import { RULE_FILES } from '../facts';
import type { Rule, StageManifests } from '../stage';

/** Policies that lead outside the cluster, by names of hosts or by addresses. */
type Outside = 'to-providers' | 'to-invoice-providers' | 'to-subscribers';

/** What runs of each service in every stage, and whom of the outside it has to reach. */
const PARTS: Readonly<Record<ServiceName, Readonly<Record<string, readonly Outside[]>>>> = {
  payment: {
    'payment-api': ['to-providers'],
    'payment-worker': ['to-providers', 'to-subscribers'],
    'payment-ipn': [],
  },
  invoice: { invoice: ['to-invoice-providers'], 'invoice-worker': ['to-invoice-providers'] },
  signal: { signal: [] },
};

const services = Object.keys(SERVICES) as ServiceName[];

/** What other rules look at is there at all: a rule has nothing to say of an object that was taken away. */
export const present: Rule = (stage) => [
  ...(stage.of('Namespace').length > 0 ? [] : [stage.lack('present', 'Namespace payment', 'list namespace.yaml')]),
  ...services.flatMap((service) => processes(stage, service)),
  ...watch(stage),
  ...(stage.stage === 'dr-drill' ? [] : services.flatMap((service) => outside(stage, service))),
];

/** Deployments and the Job of a service, each with the image of the service in it. */
function processes(stage: StageManifests, service: ServiceName): readonly Complaint[] {
  const wanted = [
    ...Object.keys(PARTS[service]).map((name) => ['Deployment', name] as const),
    ['Job', `${service}-db-migration`] as const,
  ];
  const running = stage.workloads().filter((workload) => workload.service === service);
  return wanted
    .filter(([kind, name]) => !running.some(({ object }) => object.kind === kind && object.metadata.name === name))
    .map(([kind, name]) =>
      stage.lack('present', `${kind} ${name}`, `list it in k8s/base/${service}, with ${SERVICES[service].image} first`),
    );
}

/** Somebody reads the metrics, and every file of rules is loaded. */
function watch(stage: StageManifests): readonly Complaint[] {
  const monitor = stage.of('ServiceMonitor').length > 0;
  const missing = RULE_FILES.filter((name) => stage.find('PrometheusRule', name) === undefined);
  return [
    ...(monitor ? [] : [stage.lack('present', 'ServiceMonitor', 'list it in k8s/base/monitoring')]),
    ...missing.map((name) => stage.lack('present', `PrometheusRule ${name}`, 'run npm run generate and list its file')),
  ];
}

/** Each process that calls somebody outside is let out by its policy. */
function outside(stage: StageManifests, service: ServiceName): readonly Complaint[] {
  return Object.entries(PARTS[service]).flatMap(([name, policies]) => {
    const labels = stage.workloads().find((workload) => workload.name === name)?.labels ?? {};
    return policies
      .filter((policy) => !leadsOut(stage, policy, labels))
      .map((policy) =>
        stage.lack(
          'present',
          `CiliumNetworkPolicy ${policy}`,
          `let it select ${name} and name whom it calls: the pod reaches nobody outside`,
        ),
      );
  });
}

function leadsOut(stage: StageManifests, policy: Outside, labels: Readonly<Record<string, string>>): boolean {
  const body = stage.find('CiliumNetworkPolicy', policy)?.body;
  const ways = listAt(body, 'spec.egress').flatMap((rule) => [
    ...listAt(rule, 'toFQDNs').map((entry) => textAt(entry, 'matchName')),
    ...listAt(rule, 'toCIDRSet').map((entry) => textAt(entry, 'cidr')),
  ]);
  return ways.length > 0 && selects(labelsAt(body, 'spec.endpointSelector.matchLabels'), labels);
}

/** Operators' old command lines name pods by `app` and containers by their name. */
export const names: Rule = (stage) =>
  stage.workloads().flatMap(({ object, service, labels, container }) => {
    const wanted = [
      ['template.metadata.labels.app', labels['app'], `${service}-service`],
      ['metadata.labels.app', object.metadata.labels?.['app'], `${service}-service`],
      ['containers.0.name', textAt(container, 'name'), service === 'payment' ? 'payment-service' : service],
    ] as const;
    return wanted
      .filter(([, found, right]) => found !== right)
      .map(([field, found, right]) =>
        stage.complain('names', object, field, `is ${String(found)}`, `set it to ${right}`),
      );
  });
