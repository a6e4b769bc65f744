import { at, labelsAt, listAt, textAt, type ManifestObject } from '../objects';
import type { Rule, StageManifests, Workload } from '../stage';

const HOOK = 'argocd.argoproj.io/hook';
const WAVE = 'argocd.argoproj.io/sync-wave';

/** Argo CD applies wave after wave, and goes on when all of one is healthy; without the annotation it is 0. */
const waveOf = ({ metadata }: ManifestObject): number => Number(metadata.annotations?.[WAVE] ?? 0);

/** What has to be there before a pod of the Job can start and reach its database. */
function neededBy(stage: StageManifests, { pod, container, labels }: Workload): readonly ManifestObject[] {
  const maps = listAt(container, 'envFrom').map((source) => textAt(source, 'configMapRef.name'));
  const secrets = listAt(pod, 'volumes').map((volume) => textAt(volume, 'secret.secretName'));
  const account = textAt(pod, 'serviceAccountName');
  return stage.objects.filter(({ kind, metadata, body }) => {
    if (kind === 'ConfigMap') return maps.includes(metadata.name);
    if (kind === 'ServiceAccount') return metadata.name === account;
    if (kind === 'Secret') return secrets.includes(metadata.name);
    if (kind === 'ExternalSecret') return secrets.includes(textAt(body, 'spec.target.name'));
    if (kind !== 'NetworkPolicy' || at(body, 'spec.egress') === undefined) return kind === 'Namespace';
    const chosen = Object.entries(labelsAt(body, 'spec.podSelector.matchLabels'));
    return chosen.every(([name, value]) => labels[name] === value);
  });
}

/**
 * Argo CD brings a release in the order in which a person does: what the migrations need, the migrations, and then the
 * Deployments with what scales them. A hook of PreSync would run before its settings and secrets are there.
 */
export const waves: Rule = (stage) => {
  const jobs = stage.workloads().filter(({ object }) => object.kind === 'Job');
  const last = Math.max(...jobs.map(({ object }) => waveOf(object)));
  const early = stage
    .of('Deployment', 'HorizontalPodAutoscaler', 'ScaledObject')
    .filter((object) => waveOf(object) <= last)
    .map((object) =>
      stage.complain(
        'waves',
        object,
        `annotations.${WAVE}`,
        `is ${waveOf(object)}, before the migrations have run`,
        `set it to ${last + 1}`,
      ),
    );
  const ofJobs = jobs.flatMap((job) => {
    const hook = job.object.metadata.annotations?.[HOOK];
    const wrong =
      hook === 'Sync'
        ? []
        : [stage.complain('waves', job.object, `annotations.${HOOK}`, `is ${String(hook)}`, 'set it to Sync')];
    const late = neededBy(stage, job).filter((object) => waveOf(object) >= waveOf(job.object));
    return [
      ...wrong,
      ...late.map((object) =>
        stage.complain(
          'waves',
          object,
          `annotations.${WAVE}`,
          `is ${waveOf(object)}, and ${job.name} of wave ${waveOf(job.object)} needs it`,
          'let it be earlier than the Job',
        ),
      ),
    ];
  });
  return [...early, ...ofJobs];
};
