import { container, pod, server, without, type Mutation } from './mutation.fixture';

const stage = 'data';

export const SERVERS: readonly Mutation[] = [
  {
    stage,
    what: 'a database writes into its image',
    rule: 'confinement',
    says: 'StatefulSet postgres, containers.0.securityContext.readOnlyRootFilesystem: is undefined; set it to true',
    change: (b) => {
      delete container(server(b, 'postgres')).securityContext.readOnlyRootFilesystem;
    },
  },
  {
    stage,
    what: 'a broker is root',
    rule: 'confinement',
    says: 'StatefulSet kafka, securityContext.runAsUser: is 0; take 1 or more',
    change: (b) => {
      pod(server(b, 'kafka')).securityContext.runAsUser = 0;
    },
  },
  {
    stage,
    what: 'a server speaks with the cluster without a role',
    rule: 'confinement',
    says: 'StatefulSet postgres, automountServiceAccountToken',
    change: (b) => without(b, 'RoleBinding', 'patroni'),
  },
  {
    stage,
    what: 'nothing says whether Redis may be moved',
    rule: 'servers',
    says: 'StatefulSet redis, PodDisruptionBudget: keeps nothing; give it one of 0',
    change: (b) => without(b, 'PodDisruptionBudget', 'redis'),
  },
  {
    stage,
    what: 'two brokers may be taken at once',
    rule: 'servers',
    says: 'StatefulSet kafka, PodDisruptionBudget: keeps 1; give it one of 2',
    change: (b) => {
      b.one('PodDisruptionBudget', 'kafka').spec.minAvailable = 1;
    },
  },
  {
    stage,
    what: 'a machine may hold every copy of the database',
    rule: 'servers',
    says: 'StatefulSet postgres, affinity: lets a machine or a zone hold every copy',
    change: (b) => {
      delete pod(server(b, 'postgres')).affinity;
    },
  },
  {
    stage,
    what: 'nobody asks a server how it is',
    rule: 'servers',
    says: 'StatefulSet redis, containers.0.readinessProbe: is missing',
    change: (b) => {
      delete container(server(b, 'redis')).readinessProbe;
    },
  },
];
