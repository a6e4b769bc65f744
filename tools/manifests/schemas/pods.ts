import type { IIoK8sApiCoreV1PodSpec as PodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IIoK8sApiCoreV1Container as Container } from 'kubernetes-models/v1/Container';
import type { IIoK8sApiCoreV1Probe as Probe } from 'kubernetes-models/v1/Probe';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { Keys } from './keys';

export const METADATA = {
  name: true,
  namespace: true,
  labels: 'map',
  annotations: 'map',
} as const satisfies Keys<NonNullable<IDeployment['metadata']>>;

const PROBE = {
  httpGet: { path: true, port: true },
  tcpSocket: { port: true },
  exec: { command: true },
  initialDelaySeconds: true,
  periodSeconds: true,
  timeoutSeconds: true,
  failureThreshold: true,
} as const satisfies Keys<Probe>;

const CONTAINER = {
  name: true,
  image: true,
  command: true,
  args: true,
  envFrom: { configMapRef: { name: true } },
  env: {
    name: true,
    value: true,
    valueFrom: { fieldRef: { fieldPath: true }, secretKeyRef: { name: true, key: true } },
  },
  ports: { name: true, containerPort: true },
  lifecycle: { preStop: { exec: { command: true } } },
  startupProbe: PROBE,
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  resources: { requests: 'map', limits: 'map' },
  securityContext: {
    allowPrivilegeEscalation: true,
    readOnlyRootFilesystem: true,
    capabilities: { drop: true },
  },
  volumeMounts: { name: true, mountPath: true, subPath: true, readOnly: true },
} as const satisfies Keys<Container>;

const SELECTOR = { matchLabels: 'map' } as const;

export const POD_SPEC = {
  serviceAccountName: true,
  automountServiceAccountToken: true,
  enableServiceLinks: true,
  restartPolicy: true,
  terminationGracePeriodSeconds: true,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: true,
    runAsGroup: true,
    fsGroup: true,
    seccompProfile: { type: true },
  },
  topologySpreadConstraints: { maxSkew: true, topologyKey: true, whenUnsatisfiable: true, labelSelector: SELECTOR },
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: {
        weight: true,
        podAffinityTerm: { topologyKey: true, labelSelector: SELECTOR },
      },
      requiredDuringSchedulingIgnoredDuringExecution: { topologyKey: true, labelSelector: SELECTOR },
    },
  },
  initContainers: CONTAINER,
  containers: CONTAINER,
  volumes: {
    name: true,
    secret: { secretName: true, defaultMode: true, items: { key: true, path: true } },
    configMap: { name: true, defaultMode: true },
    emptyDir: { sizeLimit: true },
  },
} as const satisfies Keys<PodSpec>;
