import { api, container, pod, type Mutation } from './mutation.fixture';

export const PODS: readonly Mutation[] = [
  // form
  {
    what: 'a key is misspelt',
    rule: 'schema',
    says: 'k8s/base/payment/api.yaml: Deployment payment-api, spec.minReadySecond',
    change: (b) => {
      api(b).spec.minReadySecond = 5;
    },
  },
  {
    what: 'a value is of another type',
    rule: 'schema',
    says: 'must be integer',
    change: (b) => {
      api(b).spec.minReadySeconds = 'five';
    },
  },
  {
    what: 'a name is missing',
    rule: 'schema',
    says: 'ScaledObject payment-worker',
    change: (b) => {
      delete b.one('ScaledObject', 'payment-worker').spec.scaleTargetRef.name;
    },
  },
  {
    what: 'a kind is of an old version',
    rule: 'schema',
    says: 'apiVersion',
    change: (b) => {
      api(b).apiVersion = 'apps/v1beta1';
    },
  },
  {
    what: 'an indented key stands elsewhere',
    rule: 'schema',
    says: 'httpGet.periodSeconds',
    change: (b) => {
      container(api(b)).livenessProbe.httpGet.periodSeconds = 10;
    },
  },
  // pods
  {
    what: 'the namespace allows more',
    rule: 'namespace',
    says: 'set it to restricted',
    change: (b) => {
      b.one('Namespace', 'payment').metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline';
    },
  },
  {
    what: 'a pod may be root',
    rule: 'confinement',
    says: 'securityContext.runAsNonRoot',
    change: (b) => {
      delete pod(api(b)).securityContext.runAsNonRoot;
    },
  },
  {
    what: 'a pod is root',
    rule: 'confinement',
    says: 'take 1000 or more',
    change: (b) => {
      pod(api(b)).securityContext.runAsUser = 0;
    },
  },
  {
    what: 'the root file system can be written',
    rule: 'confinement',
    says: 'readOnlyRootFilesystem',
    change: (b) => {
      container(api(b)).securityContext.readOnlyRootFilesystem = false;
    },
  },
  {
    what: 'capabilities are kept',
    rule: 'confinement',
    says: 'capabilities.drop',
    change: (b) => {
      container(api(b)).securityContext.capabilities.drop = ['NET_RAW'];
    },
  },
  {
    what: 'there is nothing to write to',
    rule: 'confinement',
    says: 'mount an emptyDir at /tmp',
    change: (b) => {
      container(api(b)).volumeMounts.pop();
    },
  },
  {
    what: 'the token of the cluster is mounted',
    rule: 'confinement',
    says: 'automountServiceAccountToken',
    change: (b) => {
      pod(api(b)).automountServiceAccountToken = true;
    },
  },
  {
    what: 'an image is the latest',
    rule: 'images',
    says: 'another image every day',
    change: (b) => {
      container(api(b)).image = 'registry.example.vn/seller/nx-seller-payment:latest';
    },
  },
  {
    what: 'an image has no tag',
    rule: 'images',
    says: 'has no tag',
    change: (b) => {
      container(api(b)).image = 'registry.example.vn:5000/nx-seller-payment';
    },
  },
  {
    what: 'an image of ours is of another release',
    rule: 'images',
    says: 'nx-seller-payment:0.0.1 is not of the release of package.json; give it the tag',
    change: (b) => {
      container(api(b)).image = 'registry.example.vn/seller/nx-seller-payment:0.0.1';
    },
  },
  {
    what: 'a limit is missing',
    rule: 'resources',
    says: 'resources.limits.memory',
    change: (b) => {
      delete container(api(b)).resources.limits.memory;
    },
  },
  {
    what: 'payment-api is small in production',
    rule: 'resources',
    says: "set it to '500m'",
    change: (b) => {
      container(api(b)).resources.requests.cpu = '200m';
    },
  },
  // probes and ports
  {
    what: 'a probe asks for a path that is not there',
    rule: 'probes',
    says: 'set it to /v1/api/payment/readyz',
    change: (b) => {
      container(api(b)).readinessProbe.httpGet.path = '/v1/api/payment/ready';
    },
  },
  {
    what: 'a probe asks another service’s path',
    rule: 'probes',
    says: 'set it to /v1/api/healthz',
    change: (b) => {
      container(b.one('Deployment', 'invoice')).livenessProbe.httpGet.path = '/v1/api/payment/healthz';
    },
  },
  {
    what: 'a probe is missing',
    rule: 'probes',
    says: 'livenessProbe',
    change: (b) => {
      delete container(api(b)).livenessProbe;
    },
  },
  {
    what: 'a probe is slow',
    rule: 'probes',
    says: 'every 5 s, 2 misses',
    change: (b) => {
      container(api(b)).readinessProbe.periodSeconds = 60;
    },
  },
  {
    what: 'a probe asks the metrics port',
    rule: 'probes',
    says: 'set it to http',
    change: (b) => {
      container(api(b)).livenessProbe.httpGet.port = 'metrics';
    },
  },
  {
    what: 'a port is not where the process listens',
    rule: 'ports',
    says: 'APP_ENV_METRICS_PORT is 9464',
    change: (b) => {
      container(api(b)).ports[1].containerPort = 9090;
    },
  },
];
