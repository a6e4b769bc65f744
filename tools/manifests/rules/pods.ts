import { RELEASE } from '../facts';
import { at, listAt, textAt, type ManifestObject } from '../objects';
import type { Rule, StageManifests } from '../stage';

const POD: readonly (readonly [string, unknown])[] = [
  ['automountServiceAccountToken', false],
  ['enableServiceLinks', false],
  ['securityContext.runAsNonRoot', true],
  ['securityContext.seccompProfile.type', 'RuntimeDefault'],
];

const CONTAINER: readonly (readonly [string, unknown])[] = [
  ['securityContext.allowPrivilegeEscalation', false],
  ['securityContext.readOnlyRootFilesystem', true],
  ['securityContext.capabilities.drop.0', 'ALL'],
];

/** Patroni keeps who leads in the cluster: who has a Role may show himself to it, nobody else. */
const speaksWithCluster = (stage: StageManifests, pod: unknown): boolean =>
  stage
    .of('RoleBinding')
    .flatMap(({ body }) => listAt(body, 'subjects'))
    .some((subject) => textAt(subject, 'name') === textAt(pod, 'serviceAccountName'));

/** Images of ours choose no user of their own, so that any from 1000 will do; those of servers have theirs. */
const leastUser = (stage: StageManifests, object: ManifestObject): number =>
  stage.workloads().some((workload) => workload.object === object) ? 1000 : 1;

/** No pod runs as root, writes into its image or speaks with the cluster, and none of its containers does. */
export const confinement: Rule = (stage) => [
  ...stage.pods().flatMap(({ object, pod, containers }) => {
    const wrong = [
      ...POD.map(([path, wanted]) => [path, at(pod, path), wanted] as const),
      ...containers.flatMap(({ field, container }) =>
        CONTAINER.map(([path, wanted]) => [`${field}.${path}`, at(container, path), wanted] as const),
      ),
    ].filter(
      ([path, found, wanted]) =>
        found !== wanted && !(path === 'automountServiceAccountToken' && speaksWithCluster(stage, pod)),
    );
    const complaints = wrong.map(([path, found, wanted]) =>
      stage.complain('confinement', object, path, `is ${String(found)}`, `set it to ${String(wanted)}`),
    );
    const uid = at(pod, 'securityContext.runAsUser');
    const least = leastUser(stage, object);
    if (typeof uid !== 'number' || uid < least)
      complaints.push(
        stage.complain(
          'confinement',
          object,
          'securityContext.runAsUser',
          `is ${String(uid)}`,
          `take ${least} or more`,
        ),
      );
    return complaints;
  }),
  ...temporary(stage),
];

/** What cannot write into its image has a folder for temporary files. */
const temporary: Rule = (stage) =>
  stage.workloads().flatMap(({ object, pod, container }) => {
    const folders = listAt(pod, 'volumes').filter((volume) => at(volume, 'emptyDir') !== undefined);
    const mounted = listAt(container, 'volumeMounts').some(
      (mount) =>
        textAt(mount, 'mountPath') === '/tmp' &&
        folders.some((volume) => textAt(volume, 'name') === textAt(mount, 'name')),
    );
    if (mounted) return [];
    return [stage.complain('confinement', object, 'volumes', 'gives nothing to write to', 'mount an emptyDir at /tmp')];
  });

/** The namespace refuses whatever is less confined. */
export const namespace: Rule = (stage) =>
  stage.of('Namespace').flatMap((object) => {
    const level = object.metadata.labels?.['pod-security.kubernetes.io/enforce'];
    if (level === 'restricted') return [];
    const field = 'metadata.labels.pod-security.kubernetes.io/enforce';
    return [stage.complain('namespace', object, field, `is ${String(level)}`, 'set it to restricted')];
  });

/** Images are named exactly: what is tested is what runs, and what ran can be run again. Ours are of this release. */
export const images: Rule = (stage) =>
  stage.pods().flatMap(({ object, containers }) =>
    containers.flatMap(({ field, container }) => {
      const image = textAt(container, 'image') ?? '';
      const problem = imageProblem(image);
      if (problem === undefined) return [];
      const fix = isOurs(image) ? `give it the tag ${RELEASE}` : 'give the tag of a release';
      return [stage.complain('images', object, `${field}.image`, problem, fix)];
    }),
  );

const isOurs = (image: string): boolean => /(^|\/)nx-seller-[a-z]+(?=[:@]|$)/.test(image);

function imageProblem(image: string): string | undefined {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return undefined;
  const tag = /:([A-Za-z0-9._-]+)$/.exec(image)?.[1];
  if (tag === undefined) return `${image} has no tag`;
  if (tag === 'latest') return `${image} is another image every day`;
  return isOurs(image) && tag !== RELEASE ? `${image} is not of the release of package.json` : undefined;
}

const USUAL = { cpu: '200m', memory: '512Mi', 'limit of cpu': '1', 'limit of memory': '1Gi' };
const LARGE = { cpu: '500m', memory: '1Gi', 'limit of cpu': '2', 'limit of memory': '2Gi' };
/** Where the checkouts of real money are taken. */
const isLarge = (stage: string, name: string): boolean =>
  name === 'payment-api' && (stage === 'production' || stage === 'dr-drill');

/** What a pod asks for and may take is what the deployment table says. */
export const resources: Rule = (stage) =>
  stage.workloads().flatMap(({ object, name, container }) => {
    const wanted: Readonly<Record<string, string>> = isLarge(stage.stage, name) ? LARGE : USUAL;
    return Object.entries(wanted).flatMap(([resource, amount]) => {
      const part = resource.startsWith('limit of ') ? 'limits' : 'requests';
      const path = `resources.${part}.${resource.replace('limit of ', '')}`;
      const found = textAt(container, path);
      if (found === amount) return [];
      return [
        stage.complain('resources', object, `containers.0.${path}`, `is ${String(found)}`, `set it to '${amount}'`),
      ];
    });
  });
