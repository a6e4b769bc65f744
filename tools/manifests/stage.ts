import type { ServiceName } from '@nx/contracts';
import { at, labelsAt, listAt, nameOf, textAt, type Complaint, type ManifestObject } from './objects';

/** A pod of ours with what its container is given. */
export interface Workload {
  readonly object: ManifestObject;
  readonly name: string;
  readonly service: ServiceName;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly container: unknown;
  readonly pod: unknown;
  /** Variables with a value, from the ConfigMaps and the container. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A pod as something makes it, and its containers by their place in it. */
export interface Pods {
  readonly object: ManifestObject;
  readonly pod: unknown;
  readonly containers: readonly { readonly field: string; readonly container: unknown }[];
}

/** All objects of one overlay. */
export class StageManifests {
  constructor(
    readonly stage: string,
    readonly objects: readonly ManifestObject[],
  ) {}

  of(...kinds: readonly string[]): readonly ManifestObject[] {
    return this.objects.filter(({ kind }) => kinds.includes(kind));
  }

  find(kind: string, name: string): ManifestObject | undefined {
    return this.objects.find((object) => object.kind === kind && object.metadata.name === name);
  }

  /** The pods of everything that runs, whatever its image, with all their containers. */
  pods(): readonly Pods[] {
    return this.of('Deployment', 'Job', 'StatefulSet').map((object) => {
      const pod = at(object.body, 'spec.template.spec');
      const containers = ['initContainers', 'containers'].flatMap((list) =>
        listAt(pod, list).map((container, index) => ({ field: `${list}.${index}`, container })),
      );
      return { object, pod, containers };
    });
  }

  /** Deployments and Jobs of our images. */
  workloads(): readonly Workload[] {
    return this.of('Deployment', 'Job').flatMap((object) => {
      const pod = at(object.body, 'spec.template.spec');
      const container = listAt(pod, 'containers')[0];
      const image = textAt(container, 'image') ?? '';
      const service = /nx-seller-(payment|invoice|signal)(?=[:@]|$)/.exec(image)?.[1] as ServiceName | undefined;
      if (service === undefined) return [];
      const labels = labelsAt(object.body, 'spec.template.metadata.labels');
      const variables = this.variablesOf(container);
      return [{ object, name: object.metadata.name, service, image, labels, container, pod, variables }];
    });
  }

  /** Smallest and largest number of pods of a Deployment, as its scaler says. */
  sizeOf(deployment: string): { readonly least: number; readonly most: number } | undefined {
    const scaler = this.of('HorizontalPodAutoscaler', 'ScaledObject').find(
      ({ body }) => textAt(body, 'spec.scaleTargetRef.name') === deployment,
    );
    if (scaler === undefined) return undefined;
    const [least, most] =
      scaler.kind === 'ScaledObject' ? ['minReplicaCount', 'maxReplicaCount'] : ['minReplicas', 'maxReplicas'];
    return { least: Number(at(scaler.body, `spec.${least}`)), most: Number(at(scaler.body, `spec.${most}`)) };
  }

  /** The keys of a Secret, by the object that makes it: a Secret or an ExternalSecret. */
  secretKeys(name: string): readonly string[] | undefined {
    const secret = this.find('Secret', name);
    if (secret) return Object.keys(labelsAt(secret.body, 'data'));
    const external = this.of('ExternalSecret').find(({ body }) => textAt(body, 'spec.target.name') === name);
    return external && listAt(external.body, 'spec.data').map((entry) => textAt(entry, 'secretKey') ?? '');
  }

  complain(rule: string, object: ManifestObject, field: string, problem: string, remedy: string): Complaint {
    return { rule, stage: this.stage, file: object.file, object: nameOf(object), field, problem, remedy };
  }

  /** What is wrong where an object is missing: there is no file of it to name, so the overlay is. */
  lack(rule: string, object: string, remedy: string): Complaint {
    const file = `k8s/overlays/${this.stage}`;
    return { rule, stage: this.stage, file, object, field: 'metadata.name', problem: 'is missing', remedy };
  }

  private variablesOf(container: unknown): Record<string, string> {
    const maps = listAt(container, 'envFrom').map((source) => textAt(source, 'configMapRef.name') ?? '');
    const shared = maps.map((name) => labelsAt(this.find('ConfigMap', name)?.body, 'data'));
    const own = listAt(container, 'env').map((entry) => [textAt(entry, 'name'), textAt(entry, 'value') ?? '']);
    return Object.assign({}, ...shared, Object.fromEntries(own)) as Record<string, string>;
  }
}

export type Rule = (stage: StageManifests) => readonly Complaint[];
