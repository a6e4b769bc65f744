import type { ICiliumNetworkPolicy } from '@kubernetes-models/cilium/cilium.io/v2/CiliumNetworkPolicy';
import type { IExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret';
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IIngressRoute } from '@kubernetes-models/traefik/traefik.io/v1alpha1/IngressRoute';
import type { IMiddleware } from '@kubernetes-models/traefik/traefik.io/v1alpha1/Middleware';
import { kind, type KindSource } from './kinds';

const NAMED = { name: true } as const;

/** Kinds that operators of a cluster bring: KEDA, Cilium, Traefik, Prometheus, External Secrets. */
export const CUSTOM_KINDS: readonly KindSource[] = [
  kind<IScaledObject>('ScaledObject', () => import('@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'), {
    spec: {
      scaleTargetRef: { apiVersion: true, kind: true, name: true },
      minReplicaCount: true,
      maxReplicaCount: true,
      pollingInterval: true,
      cooldownPeriod: true,
      fallback: { failureThreshold: true, replicas: true },
      triggers: { type: true, metadata: 'map' },
    },
  }),
  kind<ICiliumNetworkPolicy>(
    'CiliumNetworkPolicy',
    () => import('@kubernetes-models/cilium/cilium.io/v2/CiliumNetworkPolicy'),
    {
      spec: {
        endpointSelector: { matchLabels: 'map' },
        egress: {
          toEndpoints: { matchLabels: 'map' },
          toFQDNs: { matchName: true },
          toEntities: true,
          toCIDRSet: { cidr: true, except: true },
          toPorts: { ports: { port: true, protocol: true }, rules: { dns: { matchPattern: true } } },
        },
      },
    },
  ),
  kind<IExternalSecret>(
    'ExternalSecret',
    () => import('@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret'),
    {
      spec: {
        refreshInterval: true,
        secretStoreRef: { kind: true, name: true },
        target: { name: true, creationPolicy: true },
        data: { secretKey: true, remoteRef: { key: true, property: true } },
      },
    },
  ),
  kind<IServiceMonitor>(
    'ServiceMonitor',
    () => import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'),
    {
      spec: {
        selector: { matchLabels: 'map' },
        endpoints: { port: true, path: true, honorLabels: true, interval: true, scrapeTimeout: true },
      },
    },
  ),
  kind<IPrometheusRule>(
    'PrometheusRule',
    () => import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'),
    {
      spec: {
        groups: {
          name: true,
          interval: true,
          rules: { alert: true, record: true, expr: true, for: true, labels: 'map', annotations: 'map' },
        },
      },
    },
  ),
  kind<IMiddleware>('Middleware', () => import('@kubernetes-models/traefik/traefik.io/v1alpha1/Middleware'), {
    spec: {
      rateLimit: { average: true, burst: true },
      circuitBreaker: { expression: true },
      headers: {
        stsSeconds: true,
        stsIncludeSubdomains: true,
        contentTypeNosniff: true,
        frameDeny: true,
        referrerPolicy: true,
      },
      ipAllowList: { sourceRange: true },
      replacePathRegex: { regex: true, replacement: true },
    },
  }),
  kind<IIngressRoute>('IngressRoute', () => import('@kubernetes-models/traefik/traefik.io/v1alpha1/IngressRoute'), {
    spec: {
      entryPoints: true,
      routes: {
        kind: true,
        match: true,
        priority: true,
        middlewares: NAMED,
        services: {
          name: true,
          port: true,
          sticky: { cookie: { name: true, httpOnly: true, secure: true, sameSite: true } },
        },
      },
    },
  }),
];
