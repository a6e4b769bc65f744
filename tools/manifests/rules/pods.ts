import { at, listAt, textAt } from '../objects';
import type { Rule } from '../stage';

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

/** No pod of ours runs as root, writes into its image or speaks with the cluster. */
export const confinement: Rule = (stage) =>
  stage.workloads().flatMap(({ object, pod, container }) => {
    const wrong = [
      ...POD.map(([path, wanted]) => [path, at(pod, path), wanted] as const),
      ...CONTAINER.map(([path, wanted]) => [`containers.0.${path}`, at(container, path), wanted] as const),
    ].filter(([, found, wanted]) => found !== wanted);
    const complaints = wrong.map(([path, found, wanted]) =>
      stage.complain('confinement', object, path, `is ${String(found)}`, `set it to ${String(wanted)}`),
    );
    const uid = at(pod, 'securityContext.runAsUser');
    if (typeof uid !== 'number' || uid < 1000)
      complaints.push(
        stage.complain('confinement', object, 'securityContext.runAsUser', `is ${String(uid)}`, 'take 1000 or more'),
      );
    const temporary = listAt(pod, 'volumes').filter((volume) => at(volume, 'emptyDir') !== undefined);
    const mounted = listAt(container, 'volumeMounts').some(
      (mount) =>
        textAt(mount, 'mountPath') === '/tmp' &&
        temporary.some((volume) => textAt(volume, 'name') === textAt(mount, 'name')),
    );
    if (!mounted)
      complaints.push(
        stage.complain('confinement', object, 'volumes', 'gives nothing to write to', 'mount an emptyDir at /tmp'),
      );
    return complaints;
  });

/** The namespace refuses whatever is less confined. */
export const namespace: Rule = (stage) =>
  stage.of('Namespace').flatMap((object) => {
    const level = object.metadata.labels?.['pod-security.kubernetes.io/enforce'];
    if (level === 'restricted') return [];
    const field = 'metadata.labels.pod-security.kubernetes.io/enforce';
    return [stage.complain('namespace', object, field, `is ${String(level)}`, 'set it to restricted')];
  });

/** Images are named exactly: what is tested is what runs, and what ran can be run again. */
export const images: Rule = (stage) =>
  stage.of('Deployment', 'Job', 'StatefulSet').flatMap((object) =>
    listAt(object.body, 'spec.template.spec.containers').flatMap((container, index) => {
      const image = textAt(container, 'image') ?? '';
      const tag = /:([A-Za-z0-9._-]+)$/.exec(image)?.[1];
      if (/@sha256:[0-9a-f]{64}$/.test(image) || (tag !== undefined && tag !== 'latest')) return [];
      const problem = tag === undefined ? `${image} has no tag` : `${image} is another image every day`;
      return [stage.complain('images', object, `containers.${index}.image`, problem, 'give the tag of a release')];
    }),
  );

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
