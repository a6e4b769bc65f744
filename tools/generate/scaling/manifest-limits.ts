import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** Where the manifests of a Deployment stop. */
export interface Limit {
  /** Pods at most, as its scaler says. */
  readonly pods: number;
  /** Node ids of its pool: one of them is for the pod more of a roll-out. */
  readonly nodeIds: number;
  /** Connections of a pod. */
  readonly pool: number;
}

/** The Deployments by name, and what is in front of and behind all of them. */
export interface ManifestLimits {
  readonly deployments: ReadonlyMap<string, Limit>;
  /** Requests per second that the gateway takes from one address. */
  readonly fromOneAddress: number;
  /** Connections of the database's server. */
  readonly connections: number;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly scaleTargetRef?: { readonly name: string };
    readonly maxReplicas?: number;
    readonly maxReplicaCount?: number;
    readonly rateLimit?: { readonly average: number };
    readonly template?: {
      readonly spec: { readonly containers: readonly { readonly env: readonly { name: string; value?: string }[] }[] };
    };
  };
}

const FILES = [
  ...['payment/api', 'payment/ipn', 'payment/worker', 'payment/scaling'],
  ...['invoice/api', 'invoice/worker', 'invoice/scaling', 'signal/signal', 'signal/scaling', 'routes/middlewares'],
];

const idsIn = (pool: string): number =>
  pool.split(',').reduce((sum, part) => {
    const [first = '', last = first] = part.split('-');
    return sum + Number(last) - Number(first) + 1;
  }, 0);

/** Reads them from the base of the manifests. @param root of the repository */
export function manifestLimits(root: string): ManifestLimits {
  const text = (path: string): string => readFileSync(join(root, 'k8s', path), 'utf8');
  const manifests = FILES.flatMap((file) =>
    parseAllDocuments(text(`base/${file}.yaml`)).map((document) => document.toJS() as Manifest),
  );
  const deployments = manifests
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata, spec }): [string, Limit] => {
      const given = new Map(spec.template?.spec.containers[0]?.env.map(({ name, value }) => [name, value ?? '']));
      const scaler = manifests.find((other) => other.spec.scaleTargetRef?.name === metadata.name)?.spec;
      return [
        metadata.name,
        {
          pods: scaler?.maxReplicas ?? scaler?.maxReplicaCount ?? 1,
          nodeIds: idsIn(given.get('APP_ENV_NODE_ID') ?? ''),
          pool: Number(given.get('APP_ENV_POSTGRES_POOL_MAX')),
        },
      ];
    });
  const patroni = parse(text('data/patroni.yaml')) as {
    bootstrap: { dcs: { postgresql: { parameters: { max_connections: number } } } };
  };
  return {
    deployments: new Map(deployments),
    fromOneAddress: manifests.find(({ metadata }) => metadata.name === 'rate-limit')?.spec.rateLimit?.average ?? 0,
    connections: patroni.bootstrap.dcs.postgresql.parameters.max_connections,
  };
}
