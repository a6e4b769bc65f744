import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { AnyKeys, Keys } from './keys';
import { METADATA, POD_SPEC } from './pods';

interface Model {
  new (data: never): { validate(): void };
  readonly apiVersion: string;
}

/** A kind as we use it: the keys that we know, and where its published schema is. */
export interface KindSource {
  readonly kind: string;
  readonly keys: AnyKeys;
  /** The published packages are ES modules, which everything here can load, late. */
  load(): Promise<Model>;
}

/** A kind with the keys beside apiVersion, kind and metadata. */
export const kind = <T>(
  name: string,
  load: () => Promise<object>,
  keys: Exclude<Keys<T>, true | 'map'>,
): KindSource => ({
  kind: name,
  keys: { apiVersion: true, kind: true, metadata: METADATA, ...keys },
  load: async () => ((await load()) as Readonly<Record<string, Model>>)[name] as Model,
});

const TEMPLATE = { metadata: { labels: 'map', annotations: 'map' }, spec: POD_SPEC } as const;
const PEERS = { namespaceSelector: { matchLabels: 'map' }, podSelector: { matchLabels: 'map' } } as const;
const PORTS = { protocol: true, port: true } as const;

/** Kinds of Kubernetes itself. */
export const KINDS: readonly KindSource[] = [
  kind<INamespace>('Namespace', () => import('kubernetes-models/v1/Namespace'), {}),
  kind<IServiceAccount>('ServiceAccount', () => import('kubernetes-models/v1/ServiceAccount'), {
    automountServiceAccountToken: true,
  }),
  kind<IConfigMap>('ConfigMap', () => import('kubernetes-models/v1/ConfigMap'), { data: 'map' }),
  kind<ISecret>('Secret', () => import('kubernetes-models/v1/Secret'), { type: true, data: 'map' }),
  kind<IService>('Service', () => import('kubernetes-models/v1/Service'), {
    spec: {
      clusterIP: true,
      publishNotReadyAddresses: true,
      selector: 'map',
      ports: { name: true, port: true, targetPort: true },
    },
  }),
  kind<IDeployment>('Deployment', () => import('kubernetes-models/apps/v1/Deployment'), {
    spec: {
      minReadySeconds: true,
      progressDeadlineSeconds: true,
      revisionHistoryLimit: true,
      selector: { matchLabels: 'map' },
      strategy: { type: true, rollingUpdate: { maxSurge: true, maxUnavailable: true } },
      template: TEMPLATE,
    },
  }),
  kind<IStatefulSet>('StatefulSet', () => import('kubernetes-models/apps/v1/StatefulSet'), {
    spec: {
      replicas: true,
      serviceName: true,
      podManagementPolicy: true,
      selector: { matchLabels: 'map' },
      template: TEMPLATE,
      volumeClaimTemplates: {
        metadata: { name: true },
        spec: { accessModes: true, resources: { requests: 'map' } },
      },
    },
  }),
  kind<IJob>('Job', () => import('kubernetes-models/batch/v1/Job'), {
    spec: { activeDeadlineSeconds: true, backoffLimit: true, ttlSecondsAfterFinished: true, template: TEMPLATE },
  }),
  kind<IPodDisruptionBudget>('PodDisruptionBudget', () => import('kubernetes-models/policy/v1/PodDisruptionBudget'), {
    spec: { minAvailable: true, selector: { matchLabels: 'map' } },
  }),
  kind<IHorizontalPodAutoscaler>(
    'HorizontalPodAutoscaler',
    () => import('kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'),
    {
      spec: {
        scaleTargetRef: { apiVersion: true, kind: true, name: true },
        minReplicas: true,
        maxReplicas: true,
        metrics: {
          type: true,
          resource: { name: true, target: { type: true, averageUtilization: true } },
          pods: { metric: { name: true }, target: { type: true, averageValue: true } },
        },
        behavior: {
          scaleDown: {
            stabilizationWindowSeconds: true,
            policies: { type: true, value: true, periodSeconds: true },
          },
        },
      },
    },
  ),
  kind<INetworkPolicy>('NetworkPolicy', () => import('kubernetes-models/networking.k8s.io/v1/NetworkPolicy'), {
    spec: {
      podSelector: { matchLabels: 'map' },
      policyTypes: true,
      ingress: { from: PEERS, ports: PORTS },
      egress: { to: PEERS, ports: PORTS },
    },
  }),
  kind<IRole>('Role', () => import('kubernetes-models/rbac.authorization.k8s.io/v1/Role'), {
    rules: { apiGroups: true, resources: true, resourceNames: true, verbs: true },
  }),
  kind<IRoleBinding>('RoleBinding', () => import('kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'), {
    roleRef: { apiGroup: true, kind: true, name: true },
    subjects: { kind: true, name: true, namespace: true },
  }),
];
