import { api, container, pod, variable, without, type Mutation } from './mutation.fixture';

export const SETTINGS: readonly Mutation[] = [
  // settings and secrets
  {
    what: 'a variable is misspelt',
    rule: 'variables',
    says: 'APP_ENV_NODE_IDS: is no setting of payment',
    change: (b) => {
      container(api(b)).env.push({ name: 'APP_ENV_NODE_IDS', value: '4' });
    },
  },
  {
    what: 'a setting is one of another service',
    rule: 'variables',
    says: 'APP_ENV_SALE_URL',
    change: (b) => {
      container(api(b)).env.push({ name: 'APP_ENV_SALE_URL', value: 'http://sale' });
    },
  },
  {
    what: 'a secret is not given',
    rule: 'secrets',
    says: 'APP_ENV_APPLICATION_SECRET_KEYS_FILE: is not given',
    change: (b) => {
      container(api(b)).env = container(api(b)).env.filter(
        (entry: { name: string }) => !entry.name.includes('SECRET_KEYS'),
      );
    },
  },
  {
    what: 'a secret stands in clear',
    rule: 'secrets',
    says: 'stands in a manifest',
    change: (b) => {
      container(api(b)).env.push({ name: 'APP_ENV_REDIS_PASSWORD', value: 'x' });
    },
  },
  {
    what: 'a Secret is not declared',
    rule: 'secrets',
    says: 'which nothing declares',
    change: (b) => without(b, 'ExternalSecret', 'payment-runtime'),
  },
  {
    what: 'a key of a Secret is not declared',
    rule: 'secrets',
    says: 'which payment-runtime does not hold',
    change: (b) => {
      b.one('ExternalSecret', 'payment-runtime').spec.data.pop();
    },
  },
  {
    what: 'a process is given a secret of others',
    rule: 'secrets',
    says: 'which the process does not read',
    change: (b) => {
      pod(api(b)).volumes[0].secret.secretName = 'payment-worker';
    },
  },
  {
    what: 'a setting is below the floor of production',
    rule: 'starts',
    says: 'APP_ENV_NODE_LEASE_MS',
    change: (b) => {
      container(api(b)).env.push({ name: 'APP_ENV_NODE_LEASE_MS', value: '1000' });
    },
  },
  {
    what: 'a needed setting is missing',
    rule: 'starts',
    says: 'APP_ENV_JWKS_URL',
    change: (b) => {
      delete b.one('ConfigMap', 'payment-settings').data.APP_ENV_JWKS_URL;
    },
  },
  {
    what: 'the edge is a worker',
    rule: 'starts',
    says: 'set RUN_MODE=api',
    change: (b) => {
      variable(b.one('Deployment', 'payment-ipn'), 'RUN_MODE').value = 'full';
    },
  },
  // node ids
  {
    what: 'two Deployments share a node id',
    rule: 'node ids',
    says: 'has too; part the pool',
    change: (b) => {
      variable(b.one('Deployment', 'payment-ipn'), 'APP_ENV_NODE_ID').value = '829-849';
    },
  },
  {
    what: 'a node id is another service’s',
    rule: 'node ids',
    says: 'which the registry does not give',
    change: (b) => {
      variable(api(b), 'APP_ENV_NODE_ID').value = '850-870';
    },
  },
  {
    what: 'a pool is smaller than the pods',
    rule: 'node ids',
    says: 'widen the pool',
    change: (b) => {
      variable(api(b), 'APP_ENV_NODE_ID').value = '8,800-810';
    },
  },
  // connections
  {
    what: 'the pools are larger than the server',
    rule: 'connections',
    says: 'the server of k8s/data has 440 for them; take smaller pools',
    change: (b) => {
      variable(api(b), 'APP_ENV_POSTGRES_POOL_MAX').value = '40';
    },
  },
  {
    what: 'a scaler may start more pods than the server has connections for',
    rule: 'connections',
    says: 'Deployment payment-worker, APP_ENV_POSTGRES_POOL_MAX: all pods together may hold',
    change: (b) => {
      b.one('ScaledObject', 'payment-worker').spec.maxReplicaCount = 20;
    },
  },
  {
    what: 'a pod takes the pool of a developer',
    rule: 'connections',
    says: 'APP_ENV_POSTGRES_POOL_MAX: is not set',
    change: (b) => {
      const names = (entry: { name: string }): boolean => entry.name !== 'APP_ENV_POSTGRES_POOL_MAX';
      container(api(b)).env = container(api(b)).env.filter(names);
    },
  },
  // stages
  {
    what: 'a lower stage holds a key of production',
    stage: 'local',
    rule: 'keys',
    says: "holds the key 'prod-2026' of production",
    change: (b) => {
      b.one('Secret', 'payment-runtime').data['application-secret-keys'] = Buffer.from(
        'prod-2026:secret-of-production',
      ).toString('base64');
    },
  },
  {
    what: 'a lower stage takes secrets of production',
    stage: 'preprod',
    rule: 'keys',
    says: 'begin it with preprod/',
    change: (b) => {
      b.one('ExternalSecret', 'payment-runtime').spec.data[0].remoteRef.key = 'production/payment';
    },
  },
  {
    what: 'secrets stand in the repository',
    stage: 'sandbox',
    rule: 'stored secrets',
    says: 'take an ExternalSecret',
    change: (b) => {
      b.all.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, data: {} });
    },
  },
  {
    what: 'a lower stage speaks with real providers',
    stage: 'preprod',
    rule: 'places',
    says: 'set it to DEVELOPMENT',
    change: (b) => {
      b.one('ConfigMap', 'payment-settings').data.APP_ENV_PROVIDER_ENVIRONMENT = 'PRODUCTION';
    },
  },
  {
    what: 'a process does not know its stage',
    rule: 'places',
    says: 'set it to production',
    change: (b) => {
      b.one('ConfigMap', 'invoice-settings').data.APP_ENV_STAGE = 'preprod';
    },
  },
];
