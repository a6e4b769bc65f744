import { api, container, pod, variable, without, type Mutation } from './mutation.fixture';

export const ROLLOUT: readonly Mutation[] = [
  // selectors, budgets, rollout
  {
    what: 'a Service selects nothing',
    rule: 'services',
    says: 'selects no pod',
    change: (b) => {
      b.one('Service', 'payment-api').spec.selector.component = 'apis';
    },
  },
  {
    what: 'a Service leads to a port that is not there',
    rule: 'services',
    says: 'name a port of the container',
    change: (b) => {
      b.one('Service', 'payment-api').spec.ports[0].targetPort = 'web';
    },
  },
  {
    what: 'a Deployment selects others’ pods',
    rule: 'own pods',
    says: 'does not select exactly its own pods',
    change: (b) => {
      delete api(b).spec.selector.matchLabels.component;
    },
  },
  {
    what: 'a Deployment spreads others',
    rule: 'own pods',
    says: 'spreads other pods',
    change: (b) => {
      pod(api(b)).topologySpreadConstraints[0].labelSelector.matchLabels.component = 'worker';
    },
  },
  {
    what: 'a budget keeps too little',
    rule: 'budgets',
    says: 'is 1 of 3 pods; set it to 2',
    change: (b) => {
      b.one('PodDisruptionBudget', 'payment-api').spec.minAvailable = 1;
    },
  },
  {
    what: 'there is no budget',
    rule: 'budgets',
    says: 'give it exactly one',
    change: (b) => without(b, 'PodDisruptionBudget', 'payment-api'),
  },
  {
    what: 'there is no scaler',
    rule: 'budgets',
    says: 'has no scaler',
    change: (b) => without(b, 'HorizontalPodAutoscaler', 'payment-api'),
  },
  {
    what: 'a roll-out takes a pod away',
    rule: 'rollout',
    says: 'maxUnavailable',
    change: (b) => {
      api(b).spec.strategy.rollingUpdate.maxUnavailable = 1;
    },
  },
  {
    what: 'a pod has no time to end',
    rule: 'rollout',
    says: 'terminationGracePeriodSeconds',
    change: (b) => {
      pod(api(b)).terminationGracePeriodSeconds = 30;
    },
  },
  {
    what: 'a pod ends before the balancers know',
    rule: 'rollout',
    says: 'does not wait for the balancers',
    change: (b) => {
      delete container(api(b)).lifecycle;
    },
  },
  {
    what: 'a pod that moves money does not say so',
    rule: 'tiers',
    says: 'set it to money-changing',
    change: (b) => {
      delete api(b).spec.template.metadata.labels.tier;
    },
  },
  {
    what: 'a migration starts again for ever',
    rule: 'migrations',
    says: 'set it to Never',
    change: (b) => {
      pod(b.one('Job', 'payment-db')).restartPolicy = 'OnFailure';
    },
  },
  {
    what: 'a migration serves',
    rule: 'migrations',
    says: 'set it to migrate',
    change: (b) => {
      variable(b.one('Job', 'payment-db'), 'RUN_MODE').value = 'worker';
    },
  },
  // waves
  {
    what: 'a migration runs before its settings are there',
    rule: 'waves',
    says: 'Job payment-db-migration, annotations.argocd.argoproj.io/hook: is PreSync; set it to Sync',
    change: (b) => {
      b.one('Job', 'payment-db').metadata.annotations['argocd.argoproj.io/hook'] = 'PreSync';
    },
  },
  {
    what: 'the secret of a migration comes with the Deployments',
    rule: 'waves',
    says: 'ExternalSecret payment-migration, annotations.argocd.argoproj.io/sync-wave: is 2, and payment-db-migration',
    change: (b) => {
      b.one('ExternalSecret', 'payment-migration').metadata.annotations = { 'argocd.argoproj.io/sync-wave': '2' };
    },
  },
  {
    what: 'a migration has no way to its database yet',
    rule: 'waves',
    says: 'NetworkPolicy to-postgres, annotations.argocd.argoproj.io/sync-wave: is 1',
    change: (b) => {
      b.one('NetworkPolicy', 'to-postgres').metadata.annotations = { 'argocd.argoproj.io/sync-wave': '1' };
    },
  },
  {
    what: 'a migration has its settings at the same time',
    rule: 'waves',
    says: 'ConfigMap signal-settings',
    change: (b) => {
      delete b.one('Job', 'signal-db').metadata.annotations['argocd.argoproj.io/sync-wave'];
    },
  },
  {
    what: 'a Deployment rolls while the migrations run',
    rule: 'waves',
    says: 'is 0, before the migrations have run; set it to 2',
    change: (b) => {
      delete api(b).metadata.annotations;
    },
  },
  {
    what: 'a scaler waits for a Deployment that waits for it',
    rule: 'waves',
    says: 'ScaledObject payment-worker, annotations.argocd.argoproj.io/sync-wave: is 0',
    change: (b) => {
      delete b.one('ScaledObject', 'payment-worker').metadata.annotations;
    },
  },
  // scaling and monitoring
  {
    what: 'a query names a metric that nobody exports',
    rule: 'scaling',
    says: 'bullmq_job is exported by no service',
    change: (b) => {
      b.one('ScaledObject', 'payment-worker').spec.triggers[0].metadata.query = 'sum(bullmq_job{queue="x"})';
    },
  },
  {
    what: 'a scaler asks for a metric without a rule',
    rule: 'scaling',
    says: 'is made by no rule',
    change: (b) => {
      b.one('HorizontalPodAutoscaler', 'payment-api').spec.metrics[1].pods.metric.name = 'requests';
    },
  },
  {
    what: 'a scaler scales nothing',
    rule: 'scaling',
    says: 'does not exist; name a Deployment',
    change: (b) => {
      b.one('HorizontalPodAutoscaler', 'signal').spec.scaleTargetRef.name = 'signals';
    },
  },
  {
    what: 'nobody reads the metrics of a Deployment',
    rule: 'monitoring',
    says: 'finds no metrics of payment-worker',
    change: (b) => {
      delete b.one('Service', 'payment-worker').metadata.labels.metrics;
    },
  },
  {
    what: 'the labels of the alerts are overwritten',
    rule: 'monitoring',
    says: 'overwrites the label service; set it to true',
    change: (b) => {
      delete b.one('ServiceMonitor', 'seller-trio').spec.endpoints[0].honorLabels;
    },
  },
];
