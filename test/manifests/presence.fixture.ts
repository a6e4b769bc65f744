import { api, container, pod, without, type Mutation } from './mutation.fixture';

export const PRESENCE: readonly Mutation[] = [
  // what is not there at all
  {
    what: 'nobody lets the services out to the providers',
    rule: 'present',
    says: 'k8s/overlays/production: CiliumNetworkPolicy to-providers, metadata.name: is missing; let it select payment-api',
    change: (b) => without(b, 'CiliumNetworkPolicy', 'to-providers'),
  },
  {
    what: 'nobody lets invoice out to its vendors',
    rule: 'present',
    says: 'let it select invoice-worker',
    change: (b) => without(b, 'CiliumNetworkPolicy', 'to-invoice-providers'),
  },
  {
    what: 'nobody lets webhooks out',
    rule: 'present',
    says: 'CiliumNetworkPolicy to-subscribers',
    change: (b) => without(b, 'CiliumNetworkPolicy', 'to-subscribers'),
  },
  {
    what: 'a policy names no provider',
    rule: 'present',
    says: 'CiliumNetworkPolicy to-providers',
    change: (b) => {
      b.one('CiliumNetworkPolicy', 'to-providers').spec.egress.pop();
    },
  },
  {
    what: 'a worker is not let out to the providers',
    rule: 'present',
    says: 'let it select payment-worker',
    change: (b) => {
      delete b.one('Deployment', 'payment-worker').spec.template.metadata.labels['connects-to-providers'];
    },
  },
  {
    what: 'nothing migrates the schema of signal',
    rule: 'present',
    says: 'Job signal-db-migration, metadata.name: is missing',
    change: (b) => without(b, 'Job', 'signal-db-migration'),
  },
  {
    what: 'a Deployment is left out',
    rule: 'present',
    says: 'Deployment payment-ipn, metadata.name: is missing',
    change: (b) => without(b, 'Deployment', 'payment-ipn'),
  },
  {
    what: 'a Deployment runs another image',
    rule: 'present',
    says: 'with nx-seller-payment first',
    change: (b) => {
      container(api(b)).image = 'registry.example.vn/seller/something-else:0.1.0';
    },
  },
  {
    what: 'nobody reads the metrics',
    rule: 'present',
    says: 'ServiceMonitor, metadata.name: is missing',
    change: (b) => without(b, 'ServiceMonitor', 'seller-trio'),
  },
  {
    what: 'the alerts of money are not loaded',
    rule: 'present',
    says: 'PrometheusRule money-safety, metadata.name: is missing',
    change: (b) => without(b, 'PrometheusRule', 'money-safety'),
  },
  {
    what: 'no namespace confines the pods',
    rule: 'present',
    says: 'Namespace payment, metadata.name: is missing',
    change: (b) => without(b, 'Namespace', 'payment'),
  },
  // names that operators know
  {
    what: 'the label of the old command lines is another',
    rule: 'names',
    says: 'template.metadata.labels.app: is payment; set it to payment-service',
    change: (b) => {
      api(b).spec.template.metadata.labels.app = 'payment';
    },
  },
  {
    what: 'the container has another name',
    rule: 'names',
    says: 'containers.0.name: is app; set it to payment-service',
    change: (b) => {
      container(b.one('Deployment', 'payment-worker')).name = 'app';
    },
  },
  // spread
  {
    what: 'pods are not spread over zones',
    rule: 'spread',
    says: 'topology.kubernetes.io/zone',
    change: (b) => {
      pod(api(b)).topologySpreadConstraints[0].topologyKey = 'kubernetes.io/hostname';
    },
  },
  {
    what: 'a zone may hold every pod',
    rule: 'spread',
    says: 'whenUnsatisfiable: is ScheduleAnyway; set it to DoNotSchedule',
    change: (b) => {
      pod(api(b)).topologySpreadConstraints[0].whenUnsatisfiable = 'ScheduleAnyway';
    },
  },
  {
    what: 'the one pod of a laptop waits for a zone',
    stage: 'local',
    rule: 'spread',
    says: 'set it to ScheduleAnyway',
    change: (b) => {
      pod(api(b)).topologySpreadConstraints[0].whenUnsatisfiable = 'DoNotSchedule';
    },
  },
  {
    what: 'a machine may hold every pod',
    rule: 'spread',
    says: 'lets one machine hold every pod',
    change: (b) => {
      delete pod(b.one('Deployment', 'signal')).affinity;
    },
  },
  // measures of the scalers
  {
    what: 'a scaler does not see the processors',
    rule: 'measures',
    says: 'HorizontalPodAutoscaler signal, spec.metrics: counts cpu at undefined %',
    change: (b) => {
      b.one('HorizontalPodAutoscaler', 'signal').spec.metrics = [];
    },
  },
  {
    what: 'a scaler waits until the processors are full',
    rule: 'measures',
    says: 'counts cpu at 100 %; add cpu at 70 %',
    change: (b) => {
      b.one('HorizontalPodAutoscaler', 'payment-api').spec.metrics[0].resource.target.averageUtilization = 100;
    },
  },
  {
    what: 'a scaler of an api does not count requests',
    rule: 'measures',
    says: 'add http_requests_per_second',
    change: (b) => {
      b.one('HorizontalPodAutoscaler', 'payment-ipn').spec.metrics.pop();
    },
  },
  {
    what: 'a worker is scaled by the queues of another service',
    rule: 'measures',
    says: 'ask for bullmq_jobs{queue=~"@nx/invoice/queue/.*"}',
    change: (b) => {
      const { metadata } = b.one('ScaledObject', 'invoice-worker').spec.triggers[0];
      metadata.query = metadata.query.replace('@nx/invoice', '@nx/payment');
    },
  },
  // values of the middlewares
  {
    what: 'browsers may frame the answers',
    rule: 'middlewares',
    says: 'spec.headers.frameDeny: is false; set it to true',
    change: (b) => {
      b.one('Middleware', 'security-headers').spec.headers.frameDeny = false;
    },
  },
  {
    what: 'browsers forget that there is TLS',
    rule: 'middlewares',
    says: 'spec.headers.stsSeconds',
    change: (b) => {
      delete b.one('Middleware', 'security-headers').spec.headers.stsSeconds;
    },
  },
  {
    what: 'the routes of operators are open',
    rule: 'middlewares',
    says: 'lets 0.0.0.0/0 in',
    change: (b) => {
      b.one('Middleware', 'operators-only').spec.ipAllowList.sourceRange.push('0.0.0.0/0');
    },
  },
  {
    what: 'nobody is named an operator',
    rule: 'middlewares',
    says: 'lets everybody in',
    change: (b) => {
      b.one('Middleware', 'operators-only').spec.ipAllowList.sourceRange = [];
    },
  },
  {
    what: 'the internal router leads past the base path',
    rule: 'middlewares',
    says: 'spec.replacePathRegex.replacement',
    change: (b) => {
      b.one('Middleware', 'payment-under-its-base-path').spec.replacePathRegex.replacement = '/v1/api/$1';
    },
  },
  // every container of every pod
  {
    what: 'a second container may write into its image',
    rule: 'confinement',
    says: 'containers.1.securityContext.readOnlyRootFilesystem',
    change: (b) => {
      pod(api(b)).containers.push({ name: 'helper', image: 'helper:1' });
    },
  },
  {
    what: 'a first container keeps its capabilities',
    rule: 'confinement',
    says: 'initContainers.0.securityContext.capabilities.drop.0',
    change: (b) => {
      pod(api(b)).initContainers = [
        {
          name: 'first',
          image: 'helper:1',
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        },
      ];
    },
  },
  {
    what: 'a pod of another image is root',
    rule: 'confinement',
    says: 'Deployment payment-api, securityContext.runAsUser: is 0; take 1 or more',
    change: (b) => {
      container(api(b)).image = 'registry.example.vn/seller/something-else:0.1.0';
      pod(api(b)).securityContext.runAsUser = 0;
    },
  },
  {
    what: 'the image of a first container is the latest',
    rule: 'images',
    says: 'initContainers.0.image: helper:latest is another image every day',
    change: (b) => {
      pod(api(b)).initContainers = [{ name: 'first', image: 'helper:latest' }];
    },
  },
];
