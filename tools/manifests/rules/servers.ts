import { at, labelsAt, listAt, numberAt, selects, textAt } from '../objects';
import type { Rule } from '../stage';

/** A server is never taken away with its last copy but one, is asked how it is, and takes no more than its share. */
export const servers: Rule = (stage) =>
  stage.of('StatefulSet').flatMap((object) => {
    const complain = (field: string, problem: string, remedy: string) =>
      stage.complain('servers', object, field, problem, remedy);
    const replicas = numberAt(object.body, 'spec.replicas') ?? 1;
    const labels = labelsAt(object.body, 'spec.template.metadata.labels');
    const kept = stage
      .of('PodDisruptionBudget')
      .filter(({ body }) => selects(labelsAt(body, 'spec.selector.matchLabels'), labels))
      .map(({ body }) => numberAt(body, 'spec.minAvailable'));
    const pod = at(object.body, 'spec.template.spec');
    const apart = listAt(pod, 'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution').some(
      (term) => textAt(term, 'topologyKey') === 'kubernetes.io/hostname',
    );
    const spread = textAt(pod, 'topologySpreadConstraints.0.whenUnsatisfiable') === 'DoNotSchedule';
    const [container] = listAt(pod, 'containers');
    const lacking = ['livenessProbe', 'readinessProbe', 'resources.requests.memory', 'resources.limits.memory'].filter(
      (path) => at(container, path) === undefined,
    );
    return [
      ...(kept.length === 1 && kept[0] === replicas - 1
        ? []
        : [complain('PodDisruptionBudget', `keeps ${kept.join(', ') || 'nothing'}`, `give it one of ${replicas - 1}`)]),
      ...(replicas === 1 || (apart && spread)
        ? []
        : [complain('affinity', 'lets a machine or a zone hold every copy', 'require other machines and zones')]),
      ...lacking.map((path) => complain(`containers.0.${path}`, 'is missing', 'add it')),
    ];
  });
